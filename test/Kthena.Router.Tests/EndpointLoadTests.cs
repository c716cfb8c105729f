using System.Net;
using Kthena.Contracts.Routing;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Model.Serving;
using Kthena.Routing.Engines;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Tests;

/// <summary>From an engine's metrics, or another router's count, to a pick: through the grains, without a request that waits.</summary>
public sealed class EndpointLoadTests
{
    [Fact]
    public async Task LoadOfAnEngine_ReachesThePicks()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        gateway.Probe.Answer("pod-0", new EngineScrape(new EngineMetrics { IsEngine = true, Waiting = 7, Running = 9, KvUsage = 0.5 }, ["tiny"]));
        await using ScriptedEngine engine = await AddPodAsync(gateway, "pod-0");

        PickRecord pick = await PickUntilAsync(gateway, static pick => pick.Observations[0].Waiting == 7);

        pick.Observations[0].Running.ShouldBe(9);
        pick.Observations[0].KvUsage.ShouldBe(0.5f);
    }

    [Fact]
    public async Task Bug1255_HungEngine_DelaysNoOther()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        gateway.Probe.Hang("a-hung");
        gateway.Probe.Answer("pod-0", new EngineScrape(new EngineMetrics { IsEngine = true, Waiting = 3 }, null));
        await using ScriptedEngine engine = await AddPodAsync(gateway, "pod-0", ToyCluster.Pod("a-hung", "server", "127.0.0.9"));

        await PickUntilAsync(gateway, static pick => pick.Observations.Any(static seen => seen.Waiting == 3));
    }

    [Fact]
    public async Task ProbeThatBreaks_IsAskedAgain()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        gateway.Probe.Break("pod-0", times: 2, new EngineScrape(new EngineMetrics { IsEngine = true, Waiting = 4 }, null));
        await using ScriptedEngine engine = await AddPodAsync(gateway, "pod-0");
        // An engine with something to do is scraped each second.
        await gateway.Grains.GetGrain<IEndpointGrain>("default/pod-0").HoldAsync(new RouterInFlight("another", "pod-0", 1, TimeSpan.FromMinutes(5)));

        await PickUntilAsync(gateway, static pick => pick.Observations[0].Waiting == 4);
    }

    [Fact]
    public async Task AdapterThatAnEngineLacks_GoesToTheOneThatHasIt()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        gateway.Probe.Answer("pod-0", new EngineScrape(new EngineMetrics { IsEngine = true, Running = 1 }, ["tiny"]));
        gateway.Probe.Answer("pod-1", new EngineScrape(new EngineMetrics { IsEngine = true, Running = 1 }, ["my-lora", "tiny"]));

        await PickUntilAsync(
            gateway, static pick => pick.Observations[0].Traits == EndpointTraits.LacksAdapter && pick.Ranked is [1], model: "my-lora");
    }

    [Fact]
    public async Task DrainingPod_GetsNothingNew()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        await PickUntilAsync(gateway, static _ => true);
        Pod pod = ToyCluster.Pod("pod-0", "server", gateway.Engines[0].Address.ToString());
        Pod drained = pod with { Metadata = pod.Metadata with { Annotations = LabelSet.Of((ServingLabels.Draining, "2026-11-20T00:00:00Z")) } };
        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"),
            ToyCluster.Server("server", gateway.Port),
            drained,
            ToyCluster.Pod("pod-1", "server", gateway.Engines[1].Address.ToString()));

        PickRecord pick = await PickUntilAsync(gateway, static pick => pick.Observations[0].Traits == EndpointTraits.Draining);

        pick.Ranked.ShouldBe([1]);
    }

    [Fact]
    public async Task Weakness14_PodThatGoesAndComesBackDuringARequest_IsCountedFromNothing()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            begun.TrySetResult();
            await release.Task;
            await ScriptedEngine.Json(http, ScriptedEngine.Answer);
        };
        object[] others = [ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port)];
        Task<HttpResponseMessage> asked = gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("x"));
        await begun.Task;

        await gateway.SetAsync(others);
        await gateway.SetAsync([.. others, ToyCluster.Pod("pod-0", "server", gateway.Engines[0].Address.ToString())]);
        release.SetResult();
        (await asked).EnsureSuccessStatusCode();
        await gateway.UntilMetricAsync("kthena_router_active_requests 0");

        using var debug = new HttpClient { BaseAddress = gateway.Router.DebugAddress };
        (await debug.GetStringAsync("/debug/config_dump/pods")).ShouldContain("\"inFlight\":0");
    }

    [Fact]
    public async Task Weakness14_CountsOfAnotherRouter_AreSeen_AndEndWithTheirLease()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        IEndpointGrain endpoint = gateway.Grains.GetGrain<IEndpointGrain>("default/pod-0");
        await PickUntilAsync(gateway, static _ => true);

        // The other router says its count again and again until it is seen.
        await PickUntilAsync(
            gateway,
            static pick => pick.Observations[0].InFlight >= 5,
            before: () => endpoint.HoldAsync(new RouterInFlight("another", "pod-0", 5, TimeSpan.FromSeconds(2))));
        // The other router dies here: nobody says the count again.
        await PickUntilAsync(gateway, static pick => pick.Observations[0].InFlight < 5);
    }

    [Fact]
    public async Task EndpointThatFailsAgainAndAgain_Rests()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1, dead: 1);

        PickRecord pick = await PickUntilAsync(gateway, static pick => pick.Observations[0].Traits.HasFlag(EndpointTraits.BreakerOpen));

        pick.Ranked.ShouldBe([1]);
    }

    [Fact]
    public async Task Loads_AreToldAsDeltas_AndWholeToWhoKnowsAnotherLife()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        IEndpointLoadsGrain source = gateway.Grains.GetGrain<IEndpointLoadsGrain>(IEndpointLoadsGrain.Key);
        EndpointLoads whole;
        do
            whole = (await source.WaitForLoadsAsync(0)).ShouldNotBeNull();
        while (whole.Loads.Length < 2);
        whole.IsWhole.ShouldBeTrue();

        EndpointLoads delta;
        do
        {
            // Again if the endpoint's own word came in between.
            await source.ReportAsync(whole.Loads[1] with { Waiting = 77 });
            delta = (await source.WaitForLoadsAsync(whole.Version).WaitAsync(Gateway.Patience)).ShouldNotBeNull();
            delta.IsWhole.ShouldBeFalse();
        }
        while (!delta.Loads.Any(static load => load.Waiting == 77));

        (await source.WaitForLoadsAsync(long.MaxValue)).ShouldNotBeNull().IsWhole.ShouldBeTrue();
    }

    [Fact]
    public async Task EngineThatIsGone_IsToldAtOnce()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        IEndpointLoadsGrain source = gateway.Grains.GetGrain<IEndpointLoadsGrain>(IEndpointLoadsGrain.Key);
        EndpointLoads known = (await source.WaitForLoadsAsync(0)).ShouldNotBeNull();

        // Nobody answers a report; and the table may say who is there at any time, and so end what this one began.
        await source.ReportAsync(new EndpointLoad { EndpointUid = "another", Waiting = 1 });
        await UntilAsync(static told => told.Loads.Any(static load => load.EndpointUid == "another") || told.GoneUids.Contains("another"));
        await source.RetainAsync(["pod-0", "pod-1"]);
        await UntilAsync(static told => told.GoneUids.Contains("another"));

        (await source.WaitForLoadsAsync(0)).ShouldNotBeNull().Loads.ShouldNotContain(static load => load.EndpointUid == "another");

        async Task UntilAsync(Func<EndpointLoads, bool> isTold)
        {
            using var limit = new CancellationTokenSource(Gateway.Patience);
            while (!isTold(known))
            {
                known = await source.WaitForLoadsAsync(known.Version, limit.Token) ?? known;
                known.IsWhole.ShouldBeFalse();
            }
        }
    }

    private static async Task<ScriptedEngine> AddPodAsync(Gateway gateway, string name, params object[] more)
    {
        IPAddress address = IPAddress.Parse("127.78.0.1");
        ScriptedEngine engine = await ScriptedEngine.StartAsync(address, gateway.Port);
        await gateway.SetAsync(
            [ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port), ToyCluster.Pod(name, "server", address.ToString()), .. more]);
        return engine;
    }

    /// <summary>Sends requests until the newest pick is as wanted.</summary>
    private static async Task<PickRecord> PickUntilAsync(
        Gateway gateway, Func<PickRecord, bool> isWanted, string model = Gateway.Model, Func<Task>? before = null)
    {
        using var limit = new CancellationTokenSource(Gateway.Patience);
        for (int number = 0; ; number++)
        {
            if (before is not null)
                await before();
            await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{number} hello", model: model), limit.Token);
            PickRecord pick = gateway.Router.Picks.Latest(1).ShouldHaveSingleItem();
            if (isWanted(pick))
                return pick;
        }
    }
}
