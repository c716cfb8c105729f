using System.Net;
using Kthena.Contracts.Routing;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Model.Serving;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Tests;

public sealed class RoutingGrainTests
{
    private static readonly string Prefix = string.Concat(Enumerable.Range(0, 100).Select(static number => $"shared sentence {number}. "));

    [Fact]
    public async Task Table_GetsANewVersion_OnlyWhenItsContentChanged()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        IRoutingTableGrain table = gateway.Grains.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key);
        RoutingSnapshot before = (await table.WaitForChangeAsync(0)).ShouldNotBeNull();
        Task<RoutingSnapshot?> next = table.WaitForChangeAsync(before.Version);

        // The same again, then less: whoever waits must hear of the second only.
        await table.NotifyAsync(new ObjectChange("Pod", new NamespacedName("default", "pod-0"), 1));
        await gateway.SetAsync(ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port));

        RoutingSnapshot after = (await next.WaitAsync(Gateway.Patience)).ShouldNotBeNull();
        after.Version.ShouldBeGreaterThan(before.Version);
        after.Servers.ShouldHaveSingleItem().Endpoints.ShouldBeEmpty();
        before.Servers[0].Endpoints.ShouldHaveSingleItem().Pod.Name.ShouldBe("pod-0");
    }

    [Fact]
    public async Task Waiting_ThatIsCalledOff_EndsAtOnce()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        IRoutingTableGrain table = gateway.Grains.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key);
        long version = (await table.WaitForChangeAsync(0))!.Version;
        using var leaving = new CancellationTokenSource();
        Task<RoutingSnapshot?> waiting = table.WaitForChangeAsync(version, leaving.Token);

        await leaving.CancelAsync();

        await waiting.ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(Gateway.Patience);
    }

    [Fact]
    public async Task EverySiloGone_RouterServesOnFromItsLastTable()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        await gateway.StopSilosAsync();

        for (int index = 0; index < 10; index++)
        {
            HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{index} {Prefix}"));
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await gateway.Client.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task PrefixCacheBeganAnew_RecentRecordsAreSentAgain()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(Prefix));
        ScriptedEngine holder = gateway.Engines.Single(static engine => !engine.Seen.IsEmpty);
        await gateway.UntilRecordedAsync(holder, Prefix);
        IPrefixCacheGrain cache = gateway.Grains.GetGrain<IPrefixCacheGrain>("default/server");
        // Nobody is left: the cache forgets everything and begins another life.
        await cache.RetainAsync([]);

        await gateway.UntilRecordedAsync(holder, Prefix);
    }

    [Fact]
    public async Task PodMadeAgainUnderItsName_HoldsNothing()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(Prefix));
        await gateway.UntilRecordedAsync(gateway.Engines[0], Prefix);

        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"),
            ToyCluster.Server("server", gateway.Port),
            ToyCluster.Pod("pod-0", "server", gateway.Engines[0].Address.ToString(), uid: "another"));
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(Prefix));

        PickRecord pick = gateway.Router.Picks.Latest(1).ShouldHaveSingleItem();
        pick.Server.Endpoints.ShouldHaveSingleItem().Uid.ShouldBe("another");
        pick.Observations.ShouldHaveSingleItem().MatchedBlocks.ShouldBe(0);
        pick.PromptBlocks.ShouldBeGreaterThan(20);
    }
}
