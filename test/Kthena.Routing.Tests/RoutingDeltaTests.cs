using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Routing.Snapshots;

namespace Kthena.Routing.Tests;

public sealed class RoutingDeltaTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Delta_LeadsFromEachTableToTheNext(int seed)
    {
        var random = new Random(seed);
        RoutingSnapshot table = Draw(random, 1);
        for (int version = 2; version < 200; version++)
        {
            RoutingSnapshot next = Draw(random, version);
            RoutingSnapshot applied = RoutingDeltas.Apply(table, new RoutingUpdate { Deltas = [RoutingDeltas.Between(table, next)] }).ShouldNotBeNull();
            ShouldBeSame(applied, next);
            table = applied;
        }
    }

    [Fact]
    public void Delta_OfOnePod_TellsOfThatPodAlone()
    {
        RoutingSnapshot before = Table(1, Server("a", "1", "p0", "p1", "p2"), Server("b", "1", "p3"));
        RoutingSnapshot after = Table(2, Server("a", "1", "p0", "p2", "p4"), Server("b", "1", "p3"));

        RoutingDelta delta = RoutingDeltas.Between(before, after);

        RoutedServerDelta server = delta.Servers.ShouldHaveSingleItem();
        server.Spec.ShouldBeNull();
        server.Endpoints.ShouldHaveSingleItem().Pod.Name.ShouldBe("p4");
        server.GonePods.ShouldHaveSingleItem().Name.ShouldBe("p1");
        delta.Routes.ShouldBeEmpty();
    }

    [Fact]
    public void Delta_ThatDoesNotFollowOnTheTable_IsRefused()
    {
        RoutingSnapshot first = Table(1, Server("a", "1", "p0"));
        RoutingSnapshot second = Table(2, Server("a", "1", "p1"));
        RoutingSnapshot third = Table(3, Server("a", "1", "p2"));
        RoutingDelta later = RoutingDeltas.Between(second, third);

        RoutingDeltas.Apply(first, new RoutingUpdate { Deltas = [later] }).ShouldBeNull();
        RoutingDeltas.Apply(first, new RoutingUpdate { Deltas = [RoutingDeltas.Between(first, second), later] }).ShouldNotBeNull().Version.ShouldBe(3);
        // A change of a server that nobody has: its spec is missing.
        RoutingDeltas.Apply(Table(2), new RoutingUpdate { Deltas = [later] }).ShouldBeNull();
    }

    /// <summary>Two lives of the table overlap: a router that hears one must not join the changes of the other on to it.</summary>
    [Fact]
    public void TwoLives_ThatTellOtherTablesInOneMillisecond_NeverJoin()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(56);
        (RoutingHistory first, RoutingHistory second) = (new RoutingHistory(), new RoutingHistory());
        Tell(first, now, Server("a", "1", "p0"), Server("b", "1", "p9"));
        Tell(second, now, Server("a", "1", "p0"));
        RoutingSnapshot heard = first.Newest;
        Tell(second, now, Server("a", "1", "p0", "p1"));

        RoutingUpdate update = second.Since(heard.Version).ShouldNotBeNull();

        ShouldBeSame(RoutingDeltas.Apply(heard, update).ShouldNotBeNull(), second.Newest);
        second.Newest.Version.ShouldBeGreaterThan(heard.Version);
    }

    [Fact]
    public void TwoTables_WhosePodsWorkInOtherGroups_NeverHaveOneVersion()
    {
        RoutedServer one = Server("a", "1", "p0");
        RoutedServer other = one with { Endpoints = [one.Endpoints[0] with { Group = "g", Phase = EndpointPhase.Decode }] };

        RoutingVersions.After(0, DateTimeOffset.UnixEpoch, new RoutingSnapshot { Servers = [other] })
            .ShouldNotBe(RoutingVersions.After(0, DateTimeOffset.UnixEpoch, new RoutingSnapshot { Servers = [one] }));
    }

    [Fact]
    public void TwoLives_ThatTellTheSame_HaveOneVersion()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(56);
        (RoutingHistory first, RoutingHistory second) = (new RoutingHistory(), new RoutingHistory());
        Tell(first, now, Server("a", "1", "p0"));
        Tell(second, now, Server("a", "1", "p0"));

        second.Since(first.Newest.Version).ShouldBeNull();
    }

    [Fact]
    public void History_TellsWhatChanged_AndEverythingToWhoIsTooFarBehind()
    {
        var history = new RoutingHistory();
        history.Since(0).ShouldBeNull();
        for (int version = 1; version <= RoutingHistory.DeltasMax + 10; version++)
            history.Add(Table(version, Server("a", "1", $"p{version}")));

        long newest = history.Newest.Version;
        history.Since(newest).ShouldBeNull();
        history.Since(0).ShouldNotBeNull().Whole.ShouldBe(history.Newest);
        history.Since(newest + 7).ShouldNotBeNull().Whole.ShouldBe(history.Newest);
        history.Since(5).ShouldNotBeNull().Whole.ShouldBe(history.Newest);
        RoutingUpdate update = history.Since(newest - 3).ShouldNotBeNull();
        update.Whole.ShouldBeNull();
        update.Deltas.Length.ShouldBe(3);
        ShouldBeSame(RoutingDeltas.Apply(Table(newest - 3, Server("a", "1", $"p{newest - 3}")), update).ShouldNotBeNull(), history.Newest);
    }

    private static void Tell(RoutingHistory history, DateTimeOffset now, params ImmutableArray<RoutedServer> servers)
    {
        RoutingSnapshot table = Table(0, servers);
        history.Add(table with { Version = RoutingVersions.After(history.Newest.Version, now, table) });
    }

    private static void ShouldBeSame(RoutingSnapshot one, RoutingSnapshot other)
    {
        one.Version.ShouldBe(other.Version);
        one.HasSameContent(other).ShouldBeTrue();
        one.Servers.Select(static server => server.Spec.WorkloadPort).ShouldBe(other.Servers.Select(static server => server.Spec.WorkloadPort));
        one.Routes.Select(static route => route.Spec.ModelName).ShouldBe(other.Routes.Select(static route => route.Spec.ModelName));
    }

    private static RoutingSnapshot Draw(Random random, long version) => Table(
        version,
        [
            .. Enumerable.Range(0, 6).Where(_ => random.Next(3) > 0).Select(name => Server(
                $"s{name}",
                $"{random.Next(3)}",
                [.. Enumerable.Range(0, 8).Where(_ => random.Next(2) == 0).Select(static pod => $"p{pod}")])),
        ]) with
    {
        Routes =
        [
            .. Enumerable.Range(0, 6).Where(_ => random.Next(3) > 0)
                .Select(name => (Name: name, Version: random.Next(3)))
                .Select(static route => new RoutedModel
                {
                    Key = new NamespacedName("a", $"r{route.Name}"),
                    ResourceVersion = $"{route.Version}",
                    CreationTimestamp = DateTimeOffset.UnixEpoch.AddDays(route.Name % 3),
                    Spec = new ModelRouteSpec { ModelName = $"m{route.Name}-{route.Version}" },
                })
                .OrderBy(static route => route.CreationTimestamp).ThenBy(static route => route.Key),
        ],
    };

    private static RoutingSnapshot Table(long version, params ImmutableArray<RoutedServer> servers) => new() { Version = version, Servers = servers };

    private static RoutedServer Server(string name, string resourceVersion, params string[] pods) => new()
    {
        Key = new NamespacedName("a", name),
        ResourceVersion = resourceVersion,
        Spec = new ModelServerSpec { WorkloadPort = int.Parse(resourceVersion, System.Globalization.CultureInfo.InvariantCulture) },
        Endpoints = [.. pods.Select(pod => new EngineEndpoint { Pod = new NamespacedName("a", pod), Uid = pod, Address = "10.0.0.1", Port = 1 })],
    };
}
