using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Routing.Scheduling;

namespace Kthena.Routing.Tests;

public sealed class SchedulingTests
{
    private static readonly PickScratch Scratch = new();

    [Fact]
    public void IdleEndpoints_AreDrawnEvenly()
    {
        var counts = new int[4];
        for (ulong seed = 0; seed < 4_000; seed++)
            counts[Pick(seed, 10, new EndpointObservation[4])[0]]++;
        counts.ShouldAllBe(static count => count > 850 && count < 1_150);
    }

    [Theory]
    // in flight and matched blocks of two endpoints, of ten blocks; who is picked
    [InlineData(0, 0, 0, 10, 1)]
    [InlineData(5, 0, 0, 0, 1)]
    [InlineData(0, 0, 60, 10, 1)]
    [InlineData(0, 0, 63, 5, 1)]
    [InlineData(0, 0, 1, 1, 1)]
    [InlineData(0, 0, 9, 1, 0)]
    [InlineData(0, 5, 3, 6, 0)]
    [InlineData(0, 0, 65, 10, 0)]
    public void Locality_IsWeighedAgainstLoad(int load0, int match0, int load1, int match1, int picked) =>
        Pick(1, 10, [new(load0, match0), new(load1, match1)])[0].ShouldBe(picked);

    [Fact]
    public void OneRequestMore_DoesNotCancelAFullHit() =>
        Pick(1, 10, [new(0, 0), new(0, 0), new(1, 10)])[0].ShouldBe(2);

    [Fact]
    public void AllEndpointsHot_SomebodyStays() =>
        Pick(1, 10, [new(500, 10), new(500, 0)])[0].ShouldBe(0);

    [Fact]
    public void Ranking_HasTheBestFive_WithoutDoubles()
    {
        int[] ranked = Pick(3, 10, [.. Enumerable.Range(0, 50).Select(static index => new EndpointObservation(0, index % 10))]);
        ranked.Length.ShouldBe(SchedulingProfile.RankedMax);
        ranked.Distinct().Count().ShouldBe(5);
        ranked.ShouldAllBe(static index => index % 10 == 9);
    }

    [Fact]
    public void NoEndpoints_NothingIsRanked() => Pick(1, 1, []).ShouldBeEmpty();

    [Fact]
    public void FilterThatLeavesNobody_IsNamed()
    {
        var profile = new SchedulingProfile("p", [new Nobody()], []);
        var input = new PickInput { Endpoints = new EndpointObservation[3], PromptBlocks = 1, Seed = 1 };
        profile.Pick(input, Scratch, new int[5], out string? emptiedBy).ShouldBe(0);
        emptiedBy.ShouldBe("nobody");
    }

    [Fact]
    public void PickLog_ReplaysEveryPickBitForBit()
    {
        var random = new Random(5);
        var log = new PickLog(64);
        var server = new RoutedServer { Key = new NamespacedName("a", "b"), Spec = new ModelServerSpec() };
        int[] ranked = new int[5];
        for (int pick = 0; pick < 200; pick++)
        {
            EndpointObservation[] endpoints = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => new EndpointObservation(random.Next(9), random.Next(20)) { BacklogSeconds = random.NextSingle(), PrefillSeconds = random.NextSingle() })];
            var input = new PickInput { Endpoints = endpoints, PromptBlocks = 20, Seed = (ulong)random.NextInt64() };
            int count = SchedulingProfile.Default.Pick(input, Scratch, ranked, out _);
            log.Add($"r{pick}", pick, server, SchedulingProfile.Default, input, ranked.AsSpan(0, count));
        }

        var latest = log.Latest(1000);

        latest.Length.ShouldBe(64);
        latest[0].RequestId.ShouldBe("r199");
        foreach (PickRecord record in latest)
        {
            int count = SchedulingProfile.Default.Pick(record.Input, Scratch, ranked, out _);
            ranked[..count].ShouldBe(record.Ranked);
            SchedulingProfile.Default.Explain(record.Input).ShouldContain(scored => scored.Endpoint == record.Ranked[0]);
        }
    }

    [Fact]
    public void PickLog_OfManyEndpoints_KeepsFewerPicks_AndStaysWithinItsBytes()
    {
        const int Endpoints = 10_000;
        const long Bytes = 4 * 1024 * 1024;
        var log = new PickLog(256, Bytes);
        var server = new RoutedServer { Key = new NamespacedName("a", "b"), Spec = new ModelServerSpec() };
        var many = new PickInput { Endpoints = new EndpointObservation[Endpoints], PromptBlocks = 1, Seed = 1 };
        var few = new PickInput { Endpoints = new EndpointObservation[3], PromptBlocks = 1, Seed = 1 };

        for (int pick = 0; pick < 1000; pick++)
        {
            log.Add($"r{pick}", 1, server, SchedulingProfile.Default, pick % 3 == 0 ? few : many, [0]);
            log.BytesReserved.ShouldBeLessThanOrEqualTo(Bytes);
        }

        log.Latest(1000).Select(static pick => pick.RequestId).ShouldBe(Enumerable.Range(0, log.Latest(1000).Length).Select(static back => $"r{999 - back}"));
        log.Latest(1000).Length.ShouldBeGreaterThan(10);
        log.Latest(2)[1].Observations.Length.ShouldBe(Endpoints);
        for (int pick = 0; pick < 1000; pick++)
            log.Add($"s{pick}", 1, server, SchedulingProfile.Default, few, [0]);
        log.Latest(1000).Length.ShouldBe(256);
    }

    [Fact]
    public void PickLog_PickThatIsLargerThanAllBytes_IsKeptAlone()
    {
        var log = new PickLog(256, 64 * 1024);
        var server = new RoutedServer { Key = new NamespacedName("a", "b"), Spec = new ModelServerSpec() };

        for (int pick = 0; pick < 3; pick++)
            log.Add($"r{pick}", 1, server, SchedulingProfile.Default, new PickInput { Endpoints = new EndpointObservation[10_000], PromptBlocks = 1, Seed = 1 }, [7]);

        log.Latest(10).ShouldHaveSingleItem().RequestId.ShouldBe("r2");
    }

    private static int[] Pick(ulong seed, int blocks, EndpointObservation[] endpoints)
    {
        int[] ranked = new int[5];
        var input = new PickInput { Endpoints = endpoints, PromptBlocks = blocks, Seed = seed };
        return ranked[..SchedulingProfile.Locality.Pick(input, Scratch, ranked, out _)];
    }

    private sealed class Nobody : IEndpointFilter
    {
        public string Name => "nobody";

        public int Narrow(in PickInput input, Span<int> candidates) => 0;
    }
}
