using Kthena.Model.Routing;
using Kthena.Routing.Engines;

namespace Kthena.Routing.Tests;

public sealed class EndpointLoadTableTests
{
    private const long First = 1000;

    [Fact]
    public void EngineThatIsGone_IsToldToWhoKnewIt_Once()
    {
        EndpointLoadTable table = Table("a", "b", "c");
        long known = table.Version;

        table.Retain(["a", "c"]).ShouldBeTrue();
        EndpointLoads delta = table.Since(known).ShouldNotBeNull();

        delta.IsWhole.ShouldBeFalse();
        delta.Loads.ShouldBeEmpty();
        delta.GoneUids.ShouldBe(["b"]);
        table.Since(delta.Version).ShouldBeNull();
        table.Retain(["a", "c"]).ShouldBeFalse();
        table.Since(delta.Version).ShouldBeNull();
    }

    [Fact]
    public void EngineThatIsBack_IsNotToldAsGone()
    {
        EndpointLoadTable table = Table("a", "b");
        long known = table.Version;

        table.Retain(["a"]);
        table.Report(Load("b"));
        EndpointLoads delta = table.Since(known).ShouldNotBeNull();

        delta.GoneUids.ShouldBeEmpty();
        delta.Loads.ShouldHaveSingleItem().EndpointUid.ShouldBe("b");
    }

    [Fact]
    public void WhoMissedMoreThanIsRemembered_GetsEverything()
    {
        EndpointLoadTable table = Table([.. Enumerable.Range(0, EndpointLoadTable.GoneMax + 2).Select(static number => $"{number}")]);
        long known = table.Version;

        table.Retain(["0"]);

        EndpointLoads whole = table.Since(known).ShouldNotBeNull();
        whole.IsWhole.ShouldBeTrue();
        whole.Loads.ShouldHaveSingleItem().EndpointUid.ShouldBe("0");
        table.Since(known + 1).ShouldNotBeNull().IsWhole.ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void LifeThatBeganAMomentApart_IsToldFromThisOne(int milliseconds)
    {
        DateTimeOffset start = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);
        EndpointLoadTable one = Life(start);
        EndpointLoadTable other = Life(start + TimeSpan.FromMilliseconds(milliseconds));

        one.Since(other.Version - 10_000).ShouldNotBeNull().IsWhole.ShouldBeTrue();
        one.Since(other.Version).ShouldNotBeNull().IsWhole.ShouldBeTrue();

        static EndpointLoadTable Life(DateTimeOffset start)
        {
            var table = new EndpointLoadTable(EndpointLoadTable.FirstVersionAt(start));
            for (int change = 0; change < 25_000; change++)
                table.Report(Load("a") with { Waiting = change % 2 });
            return table;
        }
    }

    private static EndpointLoadTable Table(params string[] uids)
    {
        var table = new EndpointLoadTable(First);
        foreach (string uid in uids)
            table.Report(Load(uid)).ShouldBeTrue();
        return table;
    }

    private static EndpointLoad Load(string uid) => new() { EndpointUid = uid };
}
