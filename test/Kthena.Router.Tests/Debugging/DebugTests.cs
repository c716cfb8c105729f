using System.Net;
using System.Text.Json;
using Kthena.Routing.Engines;

namespace Kthena.Router.Tests.Debugging;

public sealed class DebugTests
{
    [Fact]
    public async Task ConfigDump_HasUpstreamsShape()
    {
        await using Gateway gateway = await Gateway.StartAsync(engineModel: "org/m", timeout: "250ms");
        string address = gateway.Engines[0].Address.ToString();

        (await GetAsync(gateway, "/debug/config_dump/modelroutes")).ShouldBe(
            """{"modelroutes":[{"name":"route","namespace":"default","spec":{"modelName":"tiny","loraAdapters":["my-lora"],"rules":[{"targetModels":[{"modelServerName":"server","weight":100}]}]}}]}""");
        (await GetAsync(gateway, "/debug/config_dump/namespaces/default/modelservers/server")).ShouldBe(
            $$$"""{"name":"server","namespace":"default","spec":{"model":"org/m","inferenceEngine":"vLLM","workloadSelector":{"matchLabels":{"app":"server"}},"workloadPort":{"port":{{{gateway.Port}}}},"trafficPolicy":{"timeout":"0.25s"}},"associatedPods":["default/pod-0"]}""");
        (await GetAsync(gateway, "/debug/config_dump/pods")).ShouldBe(
            """{"pods":[{"name":"pod-0","namespace":"default","engine":"vLLM","models":[],"modelServers":["default/server"],"metrics":{"gpuCacheUsage":0,"requestWaitingNum":0,"requestRunningNum":0,"tpot":0,"ttft":0},"inFlight":0}]}""");
        (await GetAsync(gateway, "/debug/config_dump/namespaces/default/pods/pod-0")).ShouldContain($$"""
            "podInfo":{"podIP":"{{address}}","nodeName":"","phase":"Running"}
            """.Trim());
    }

    [Theory]
    [InlineData("/debug")]
    [InlineData("/debug/")]
    public async Task Index_NamesWhatThereIs(string path)
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);

        string index = await GetAsync(gateway, path);

        index.ShouldContain("/debug/explain/REQUEST ");
        index.ShouldContain("/debug/config_dump/KIND ");
        index.ShouldContain("modelroutes, modelservers, pods");
    }

    [Fact]
    public async Task ConfigDump_OfAPod_HasItsModelsAndMetrics()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        gateway.Probe.Answer("pod-0", new EngineScrape(new EngineMetrics { IsEngine = true, Waiting = 7, Running = 9, KvUsage = 0.5 }, ["my-lora", "tiny"]));
        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"),
            ToyCluster.Server("server", gateway.Port),
            ToyCluster.Pod("pod-0", "server", "127.0.0.9") with { NodeName = "node" });

        string pod;
        using var limit = new CancellationTokenSource(Gateway.Patience);
        while (!(pod = await GetAsync(gateway, "/debug/config_dump/namespaces/default/pods/pod-0")).Contains("tiny", StringComparison.Ordinal))
            limit.Token.ThrowIfCancellationRequested();

        pod.ShouldContain("""
            "models":["my-lora","tiny"],"modelServers":["default/server"],"metrics":{"gpuCacheUsage":0.5,"requestWaitingNum":7,"requestRunningNum":9,"tpot":0,"ttft":0},"inFlight":0,"podInfo":{"podIP":"127.0.0.9","nodeName":"node","phase":"Running"}
            """.Trim());
    }

    [Theory]
    [InlineData("modelservers")]
    [InlineData("pods")]
    [InlineData("gateways")]
    [InlineData("httproutes")]
    [InlineData("inferencepools")]
    public async Task ConfigDump_OfNothing_IsNull(string kind)
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        await gateway.SetAsync(ToyCluster.Route("route", Gateway.Model, "server"));

        (await GetAsync(gateway, $"/debug/config_dump/{kind}")).ShouldBe($$"""{"{{kind}}":null}""");
    }

    [Theory]
    [InlineData("modelroutes", "ModelRoute not found")]
    [InlineData("modelservers", "ModelServer not found")]
    [InlineData("pods", "Pod not found")]
    [InlineData("httproutes", "HTTPRoute not found")]
    public async Task ConfigDump_OfAnUnknownObject_Is404(string kind, string message)
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        using HttpClient client = Gateway.ClientOf(gateway.Router.DebugAddress);

        HttpResponseMessage response = await client.GetAsync($"/debug/config_dump/namespaces/default/{kind}/nobody");

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).ShouldBe($$"""{"error":"{{message}}"}""");
    }

    [Fact]
    public async Task Bug1488_DebugListener_IsOnLoopback_AndNotOnTheRoutersPort()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);

        gateway.Router.DebugAddress!.Host.ShouldBe("127.0.0.1");
        (await gateway.Client.GetAsync("/debug/config_dump/pods")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using HttpClient client = Gateway.ClientOf(gateway.Router.DebugAddress);
        foreach (string path in new[] { "/", "/debug/config_dump/secrets", "/debug/config_dump/namespaces/default/pods", "/metrics" })
            (await client.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        (await client.GetAsync("/debug/explain?n=0")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Explain_TellsWhyAPodWasPicked_AndReplaysIt()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 3);
        string prompt = new('p', 2000);
        await SendAsync(gateway, "first", prompt);
        string holder = $"default/pod-{gateway.Engines.FindIndex(static engine => !engine.Seen.IsEmpty)}";
        await SendAsync(gateway, "second", prompt);

        JsonElement pick = JsonDocument.Parse(await GetAsync(gateway, "/debug/explain/second")).RootElement;

        pick.GetProperty("request_id").GetString().ShouldBe("second");
        pick.GetProperty("model_server").GetString().ShouldBe("default/server");
        pick.GetProperty("snapshot_version").GetString().ShouldBe($"{gateway.Router.Snapshot.Version}");
        pick.GetProperty("picked")[0].GetString().ShouldBe(holder);
        JsonElement best = pick.GetProperty("candidates").EnumerateArray().Single(candidate => candidate.GetProperty("pod").GetString() == holder);
        best.GetProperty("rank").GetInt32().ShouldBe(1);
        best.GetProperty("matched_blocks").GetInt32().ShouldBe(pick.GetProperty("prompt_blocks").GetInt32());
        best.GetProperty("scores").EnumerateObject().ShouldNotBeEmpty();
        pick.GetProperty("replay").GetProperty("is_same").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Explain_OfManyPicks_ReplaysEachBitForBit()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 3);
        for (int round = 0; round < 20; round++)
            await SendAsync(gateway, $"id-{round}", new string((char)('a' + (round % 7)), 500 + (round * 100)));

        JsonElement picks = JsonDocument.Parse(await GetAsync(gateway, "/debug/explain?n=100")).RootElement.GetProperty("picks");

        picks.GetArrayLength().ShouldBe(20);
        picks[0].GetProperty("request_id").GetString().ShouldBe("id-19");
        foreach (JsonElement pick in picks.EnumerateArray())
        {
            pick.GetProperty("replay").GetProperty("is_same").GetBoolean().ShouldBeTrue();
            pick.GetProperty("replay").GetProperty("picked").EnumerateArray().Select(static pod => pod.GetString())
                .ShouldBe(pick.GetProperty("picked").EnumerateArray().Select(static pod => pod.GetString()));
        }
        (await GetAsync(gateway, "/debug/explain?n=1")).ShouldContain("id-19");
    }

    private static async Task SendAsync(Gateway gateway, string id, string prompt)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat(prompt) };
        message.Headers.Add("x-request-id", id);
        (await gateway.Client.SendAsync(message)).EnsureSuccessStatusCode();
    }

    private static async Task<string> GetAsync(Gateway gateway, string path)
    {
        using HttpClient client = Gateway.ClientOf(gateway.Router.DebugAddress);
        return await client.GetStringAsync(path);
    }
}
