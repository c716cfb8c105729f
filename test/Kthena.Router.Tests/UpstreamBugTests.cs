using System.Net;
using Kthena.Model.Resources;
using Kthena.Routing.Engines;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests;

/// <summary>Defects that upstream's router had, by the number under which they were mended there, and weaknesses that it has still.</summary>
public sealed class UpstreamBugTests
{
    private static readonly string Prompt = string.Concat(Enumerable.Range(0, 60).Select(static number => $"sentence {number}. "));

    [Fact]
    public async Task Bug754_TableSwappedUnderLoad_EveryRequestSeesOneWholeTable()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 3);
        using var done = new CancellationTokenSource();
        Task swapping = SwapAsync(gateway, done.Token);

        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(async index =>
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{index}"))).StatusCode));
        await done.CancelAsync();
        await swapping;

        answers.ShouldAllBe(static status => status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Bug763_WithheldUsage_IsCountedAllTheSame()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        gateway.Engines[0].Script = Stream("data: {\"choices\":[{\"delta\":{}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":42}}\n\ndata: [DONE]\n\n");

        string answer = await (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("x", stream: true))).Content.ReadAsStringAsync();

        answer.ShouldNotContain("usage");
        (await gateway.LogLineAsync()).ShouldContain(" tokens=5/42 ");
    }

    [Fact]
    public async Task Bug791_ChangedPod_KeepsWhatIsKnownOfItsEngine()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        gateway.Probe.Answer("pod-0", new EngineScrape(new EngineMetrics { IsEngine = true, Waiting = 7 }, ["tiny"]));
        await PickUntilAsync(gateway, static pick => pick.Observations[0].Waiting == 7);
        // From here on no scrape tells anything again.
        gateway.Probe.Hang("pod-0");
        Pod pod = ToyCluster.Pod("pod-0", "server", gateway.Engines[0].Address.ToString());

        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port), pod with { NodeName = "moved" });
        await PostAsync(gateway);

        PickRecord pick = gateway.Router.Picks.Latest(1)[0];
        pick.Server.Endpoints[0].NodeName.ShouldBe("moved");
        pick.Observations[0].Waiting.ShouldBe(7);
    }

    [Fact]
    public async Task Bug824_RouterWithoutATable_IsNotReady()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        await gateway.StopSilosAsync();

        HttpClient second = await gateway.AddRouterAsync(static options => options);

        HttpResponseMessage ready = await second.GetAsync("/readyz");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).ShouldBe("""{"message":"router is not ready"}""");
        (await second.GetAsync("/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Bug1031_SecondPod_GetsTheWholeBody()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        int asked = 0;
        foreach (ScriptedEngine engine in gateway.Engines)
        {
            engine.Script = http =>
            {
                if (Interlocked.Increment(ref asked) > 1)
                    return ScriptedEngine.Json(http, ScriptedEngine.Answer);
                http.Abort();
                return Task.CompletedTask;
            };
        }

        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(Prompt))).EnsureSuccessStatusCode();

        SeenRequest[] seen = [.. gateway.Engines.SelectMany(static engine => engine.Seen)];
        seen.Length.ShouldBe(2);
        seen.ShouldAllBe(static request => request.Body.Contains(Prompt));
        seen[0].Body.ShouldBe(seen[1].Body);
    }

    [Ipv6Fact]
    public async Task Bug1071_EngineOnIpv6_IsReached()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        await using ScriptedEngine engine = await ScriptedEngine.StartAsync(IPAddress.IPv6Loopback, gateway.Port);
        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port), ToyCluster.Pod("pod-6", "server", "::1"));

        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.OK);

        engine.Seen.ShouldHaveSingleItem().Headers["Host"].ShouldBe($"[::1]:{gateway.Port}");
    }

    [Theory]
    [InlineData("text/event-stream; charset=utf-8")]
    [InlineData("Text/Event-Stream;charset=UTF-8")]
    public async Task Bug1145_StreamWithACharset_IsAStream(string contentType)
    {
        await using Gateway gateway = await Gateway.StartAsync();
        gateway.Engines[0].Script = Stream("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\n", contentType);

        string answer = await (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("x", stream: true))).Content.ReadAsStringAsync();

        answer.ShouldBeEmpty();
        (await gateway.LogLineAsync()).ShouldContain(" tokens=5/2 ");
    }

    [Fact]
    public async Task Bug1309_ParseError_SaysWhatIsWrong()
    {
        await using Gateway gateway = await Gateway.StartAsync();

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Json("""{"model":"tiny","messages":[}"""));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldContain("invalid request body: ");
    }

    [Fact]
    public async Task Bug1379_ServerWithoutPods_Is503_AndNoServer404()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        await gateway.SetAsync(ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port));
        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        await gateway.SetAsync(ToyCluster.Route("route", Gateway.Model, "server"));
        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Weakness5_TwoNamesOfOneModel_ShareWhatIsHeld()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 3, engineModel: "org/real");
        await gateway.SetAsync(
            [ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Route("alias", "alias", "server"), .. ServerAndPods(gateway, "org/real")]);

        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(Prompt));
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(Prompt, model: "alias"));

        (PickRecord second, PickRecord first) = (gateway.Router.Picks.Latest(2)[0], gateway.Router.Picks.Latest(2)[1]);
        second.Ranked[0].ShouldBe(first.Ranked[0]);
        second.Observations[second.Ranked[0]].MatchedBlocks.ShouldBe(second.PromptBlocks);
    }

    [Fact]
    public async Task Weakness12_PodThatLostItsLabel_GetsNothingMore()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"),
            ToyCluster.Server("server", gateway.Port),
            ToyCluster.Pod("pod-0", "another", gateway.Engines[0].Address.ToString()),
            ToyCluster.Pod("pod-1", "server", gateway.Engines[1].Address.ToString()));

        for (int index = 0; index < 10; index++)
            (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.OK);

        gateway.Engines[0].Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Weakness17_EngineIsNotAskedToCompress_SoThatUsageIsSeen()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("x") };
        message.Headers.Add("Accept-Encoding", "gzip, br");

        (await gateway.Client.SendAsync(message)).EnsureSuccessStatusCode();

        gateway.Engines[0].Seen.ShouldHaveSingleItem().Headers.ShouldNotContainKey("Accept-Encoding");
        (await gateway.LogLineAsync()).ShouldContain(" tokens=7/3 ");
    }

    private static async Task SwapAsync(Gateway gateway, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            foreach (int pods in new[] { 1, 3, 2 })
            {
                await gateway.SetAsync(
                    [
                        ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port),
                        .. gateway.Engines.Take(pods).Select(static (engine, index) => ToyCluster.Pod($"pod-{index}", "server", engine.Address.ToString())),
                    ]);
            }
        }
    }

    private static object[] ServerAndPods(Gateway gateway, string model) =>
    [
        ToyCluster.Server("server", gateway.Port, model),
        .. gateway.Engines.Select(static (engine, index) => ToyCluster.Pod($"pod-{index}", "server", engine.Address.ToString())),
    ];

    private static Func<HttpContext, Task> Stream(string events, string contentType = "text/event-stream") => http =>
    {
        http.Response.ContentType = contentType;
        return http.Response.WriteAsync(events);
    };

    private static Task<HttpResponseMessage> PostAsync(Gateway gateway) => gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

    private static async Task<PickRecord> PickUntilAsync(Gateway gateway, Func<PickRecord, bool> isMeant)
    {
        using var limit = new CancellationTokenSource(Gateway.Patience);
        while (true)
        {
            await PostAsync(gateway);
            if (gateway.Router.Picks.Latest(1)[0] is var pick && isMeant(pick))
                return pick;
            limit.Token.ThrowIfCancellationRequested();
        }
    }
}
