using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Tests;

/// <summary>A model server with a <c>pdGroup</c>: what each engine is asked, and what the client gets.</summary>
public sealed class PrefillDecodeTests
{
    private const string Params = """{"remote_engine_id":"e","remote_block_ids":[1,12345678901234567890],"remote_host":"10.0.0.1"}""";

    [Fact]
    public async Task Http_PrefillIsAskedForOneToken_ThenDecodeAnswersTheClient()
    {
        await using Gateway gateway = await StartAsync("prefill decode");

        HttpResponseMessage response = await gateway.Client.PostAsync(
            "/v1/chat/completions?x=1", Gateway.Json("""{"messages":[{"role":"user","content":"hello"}],"stream":false,"model":"tiny","max_tokens":99,"min_tokens":9}"""));

        (await response.Content.ReadAsStringAsync()).ShouldBe(ScriptedEngine.Answer);
        SeenRequest prefill = gateway.Engines[0].Seen.ShouldHaveSingleItem();
        prefill.Path.ShouldBe("/v1/chat/completions?x=1");
        prefill.Body.ShouldBe("""{"messages":[{"role":"user","content":"hello"}],"stream":false,"model":"tiny","max_tokens":1,"min_tokens":1}""");
        SeenRequest decode = gateway.Engines[1].Seen.ShouldHaveSingleItem();
        decode.Body.ShouldBe("""{"messages":[{"role":"user","content":"hello"}],"stream":false,"model":"tiny","max_tokens":99,"min_tokens":9}""");
        decode.Headers["x-request-id"].ShouldBe(prefill.Headers["x-request-id"]);
    }

    [Fact]
    public async Task Stream_ComesFromDecode_AndPrefillDoesNotStream()
    {
        await using Gateway gateway = await StartAsync("prefill decode");
        gateway.Engines[1].Script = static async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            await http.Response.WriteAsync("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n");
        };

        HttpResponseMessage response = await gateway.Client.PostAsync(
            "/v1/chat/completions", Gateway.Json("""{"stream_options":{"include_usage":false},"messages":[{"role":"user","content":"hello"}],"stream":true,"model":"tiny"}"""));

        (await response.Content.ReadAsStringAsync()).ShouldBe("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n");
        gateway.Engines[0].Seen.Single().Body.ShouldBe(
            """{"max_tokens":1,"stream_options":null,"messages":[{"role":"user","content":"hello"}],"stream":false,"model":"tiny"}""");
        gateway.Engines[1].Seen.Single().Body.ShouldContain("\"include_usage\":true");
        (await gateway.LogLineAsync()).ShouldContain("tokens=7/3");
    }

    [Theory]
    [InlineData("nixl")]
    [InlineData("mooncake")]
    public async Task TransferParams_GoFromPrefillToDecode_DigitByDigit(string connector)
    {
        await using Gateway gateway = await StartAsync("prefill decode", connector);
        gateway.Engines[0].Script = static http => ScriptedEngine.Json(http, $$"""{"id":"1","choices":[],"kv_transfer_params":{{Params}}}""");

        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"))).EnsureSuccessStatusCode();

        JsonNode.Parse(gateway.Engines[0].Seen.Single().Body)!["kv_transfer_params"]!.ToJsonString()
            .ShouldBe("""{"do_remote_decode":true,"do_remote_prefill":false}""");
        gateway.Engines[1].Seen.Single().Body.ShouldStartWith($$"""{"kv_transfer_params":{{Params}},"messages":""");
    }

    [Fact]
    public async Task TransferParams_ThatPrefillDoesNotTell_AreNull()
    {
        await using Gateway gateway = await StartAsync("prefill decode", "nixl");

        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"))).EnsureSuccessStatusCode();

        gateway.Engines[1].Seen.Single().Body.ShouldStartWith("""{"kv_transfer_params":null,""");
    }

    [Fact]
    public async Task Sglang_BothAreAskedAtOnce_WithOneRoom()
    {
        await using Gateway gateway = await StartAsync("prefill decode", engine: "SGLang");
        // Neither answers before the other was asked.
        using var both = new CountdownEvent(2);
        var asked = new TaskCompletionSource();
        gateway.Engines[0].Script = gateway.Engines[1].Script = async http =>
        {
            if (both.Signal())
                asked.SetResult();
            await asked.Task;
            await ScriptedEngine.Json(http, ScriptedEngine.Answer);
        };

        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"))).EnsureSuccessStatusCode();

        JsonNode prefill = JsonNode.Parse(gateway.Engines[0].Seen.Single().Body)!;
        JsonNode decode = JsonNode.Parse(gateway.Engines[1].Seen.Single().Body)!;
        prefill["bootstrap_room"]!.GetValue<long>().ShouldBe(decode["bootstrap_room"]!.GetValue<long>());
        decode["bootstrap_host"]!.GetValue<string>().ShouldBe(gateway.Engines[0].Address.ToString());
    }

    [Fact]
    public async Task Bug1424_SglangRetry_MeetsInAnotherRoom()
    {
        await using Gateway gateway = await StartAsync("prefill prefill decode", engine: "SGLang");
        gateway.Engines[0].Script = static http => Abort(http);
        gateway.Engines[1].Script = static http => Abort(http);
        gateway.Engines[2].Script = static async http =>
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldContain("all prefill/decode attempts failed");
        long[] rooms = [.. gateway.Engines.Take(2).SelectMany(static engine => engine.Seen).Select(static seen => JsonNode.Parse(seen.Body)!["bootstrap_room"]!.GetValue<long>())];
        rooms.Length.ShouldBe(2);
        rooms[0].ShouldNotBe(rooms[1]);
    }

    [Fact]
    public async Task Sglang_PrefillThatRefuses_EndsDecode_AndIsTheAnswer()
    {
        await using Gateway gateway = await StartAsync("prefill decode", engine: "SGLang");
        var ended = new TaskCompletionSource();
        gateway.Engines[0].Script = static http => ScriptedEngine.Json(http, """{"error":"too long"}""", 400);
        gateway.Engines[1].Script = async http =>
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.SetResult();
        };

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"error":"too long"}""");
        // Where decode was asked at all, it is let go.
        if (!gateway.Engines[1].Seen.IsEmpty)
            await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Bug947_DeadPrefill_GivesWayToAnotherOfItsGroup_WithAWholeBody()
    {
        await using Gateway gateway = await StartAsync("prefill prefill decode");
        gateway.Engines[0].Script = static http => Abort(http);

        for (int request = 0; request < 8; request++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"hello {request}"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        gateway.Engines[0].Seen.ShouldNotBeEmpty();
        gateway.Engines[1].Seen.Count.ShouldBe(8);
        gateway.Engines[2].Seen.Count.ShouldBe(8);
        gateway.Engines.Take(2).SelectMany(static engine => engine.Seen).ShouldAllBe(static seen => seen.Body.Contains("\"max_tokens\":1"));
    }

    [Fact]
    public async Task DeadDecode_GivesWayToAnother_AndIsPrefilledAnew()
    {
        await using Gateway gateway = await StartAsync("prefill decode decode");
        gateway.Engines[1].Script = static http => Abort(http);

        for (int request = 0; request < 8; request++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"hello {request}"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        gateway.Engines[1].Seen.ShouldNotBeEmpty();
        gateway.Engines[0].Seen.Count.ShouldBe(8 + gateway.Engines[1].Seen.Count);
    }

    [Fact]
    public async Task EngineErrorOfPrefill_IsTheClientsAnswer_AndDecodeIsNotAsked()
    {
        await using Gateway gateway = await StartAsync("prefill decode");
        gateway.Engines[0].Script = static http =>
        {
            http.Response.Headers.RetryAfter = "7";
            return ScriptedEngine.Json(http, """{"error":"full"}""", 429);
        };

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        response.Headers.RetryAfter!.ToString().ShouldBe("7");
        response.Headers.Contains("x-request-id").ShouldBeTrue();
        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"error":"full"}""");
        gateway.Engines[1].Seen.ShouldBeEmpty();
        (await gateway.LogLineAsync()).ShouldContain("error=upstream_response");
    }

    [Fact]
    public async Task Groups_DoNotMix_AndWhoeverHasNoPartnerIsNotAsked()
    {
        await using Gateway gateway = await StartAsync("prefill/a decode/a prefill/b decode/b decode/lonely other/a");

        for (int request = 0; request < 16; request++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"hello {request}"))).EnsureSuccessStatusCode();

        gateway.Engines[0].Seen.Select(Id).ShouldBe(gateway.Engines[1].Seen.Select(Id));
        gateway.Engines[2].Seen.Select(Id).ShouldBe(gateway.Engines[3].Seen.Select(Id));
        (gateway.Engines[0].Seen.Count + gateway.Engines[2].Seen.Count).ShouldBe(16);
        gateway.Engines[4].Seen.ShouldBeEmpty();
        gateway.Engines[5].Seen.ShouldBeEmpty();

        static string Id(SeenRequest seen) => seen.Headers["x-request-id"];
    }

    [Fact]
    public async Task SamePrompt_GoesToTheGroupThatHoldsIt()
    {
        await using Gateway gateway = await StartAsync("prefill/a decode/a prefill/b decode/b");
        string prompt = new('p', 20_000);

        for (int request = 0; request < 6; request++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(prompt))).EnsureSuccessStatusCode();

        (gateway.Engines[0].Seen.Count, gateway.Engines[2].Seen.Count).ShouldBeOneOf((6, 0), (0, 6));
    }

    [Theory]
    [InlineData("prefill/a", "decode/b")]
    [InlineData("decode/a", "decode/a")]
    public async Task Bug739_WithoutAWholeGroup_NobodyIsAsked(string first, string second)
    {
        await using Gateway gateway = await StartAsync($"{first} {second}");

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).ShouldContain("no group has both");
        gateway.Engines.ShouldAllBe(static engine => engine.Seen.IsEmpty);
    }

    [Fact]
    public async Task Bug714_FiltersThatLeaveNobodyToPrefill_Are503()
    {
        await using Gateway gateway = await StartAsync("prefill decode", configure: static options => options with { Profile = Without(0) });

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).ShouldContain("filtered out by \\\"test\\\"");
        gateway.Engines.ShouldAllBe(static engine => engine.Seen.IsEmpty);
    }

    [Fact]
    public async Task Bug1385_FiltersHoldForDecodeToo()
    {
        await using Gateway gateway = await StartAsync("prefill decode decode", configure: static options => options with { Profile = Without(1) });

        for (int request = 0; request < 8; request++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"hello {request}"))).EnsureSuccessStatusCode();

        gateway.Engines[1].Seen.ShouldBeEmpty();
        gateway.Engines[2].Seen.Count.ShouldBe(8);
    }

    [Fact]
    public async Task Weakness4_ClientThatLeavesDuringPrefill_EndsItsWork_AndNobodyElseIsAsked()
    {
        await using Gateway gateway = await StartAsync("prefill prefill decode");
        var asked = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        Func<HttpContext, Task> hang = async http =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.TrySetResult();
        };
        gateway.Engines[0].Script = gateway.Engines[1].Script = hang;
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage> sent = gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"), leave.Token);
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1));

        await leave.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => sent);
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
        (gateway.Engines[0].Seen.Count + gateway.Engines[1].Seen.Count).ShouldBe(1);
        gateway.Engines[2].Seen.ShouldBeEmpty();
        (await gateway.LogLineAsync()).ShouldContain("\" 499 error=client_disconnected");
    }

    [Fact]
    public async Task StreamThatDecodeBreaksOff_IsNotBegunAgain()
    {
        await using Gateway gateway = await StartAsync("prefill decode decode");
        var received = new TaskCompletionSource();
        Func<HttpContext, Task> breakOff = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: {}\n\n");
            await http.Response.Body.FlushAsync();
            await received.Task;
            http.Abort();
        };
        gateway.Engines[1].Script = gateway.Engines[2].Script = breakOff;
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("x", stream: true) };
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        received.SetResult();

        await Should.ThrowAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());

        (gateway.Engines[1].Seen.Count + gateway.Engines[2].Seen.Count).ShouldBe(1);
        gateway.Engines[0].Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Timeout_BoundsBothPhasesTogether()
    {
        await using Gateway gateway = await StartAsync("prefill decode", timeout: "200ms");
        gateway.Engines[0].Script = static http => Task.Delay(Timeout.Infinite, http.RequestAborted);

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        gateway.Engines[1].Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Metrics_Dump_AndExplanation_TellBothPhases()
    {
        await using Gateway gateway = await StartAsync("prefill decode");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello") };
        request.Headers.Add("x-request-id", "pair-1");

        (await gateway.Client.SendAsync(request)).EnsureSuccessStatusCode();

        string metrics = await gateway.MetricsAsync();
        metrics.ShouldContain("""kthena_router_request_prefill_duration_seconds_count{model="tiny",path="/v1/chat/completions",status_code="200"} 1""");
        metrics.ShouldContain("""kthena_router_request_decode_duration_seconds_count{model="tiny",path="/v1/chat/completions",status_code="200"} 1""");
        using HttpClient debug = Gateway.ClientOf(gateway.Router.DebugAddress);
        JsonElement server = JsonDocument.Parse(await debug.GetStringAsync("/debug/config_dump/namespaces/default/modelservers/server")).RootElement;
        server.GetProperty("prefillPods").ToString().ShouldBe("""["default/pod-0"]""");
        server.GetProperty("decodePods").ToString().ShouldBe("""["default/pod-1"]""");
        server.GetProperty("spec").GetProperty("workloadSelector").GetProperty("pdGroup").GetProperty("groupKey").GetString().ShouldBe("group");
        JsonElement explained = JsonDocument.Parse(await debug.GetStringAsync("/debug/explain/pair-1")).RootElement;
        explained.GetProperty("phase").GetString().ShouldBe("decode");
        explained.GetProperty("picked").ToString().Replace("\n", "").Replace(" ", "").ShouldBe("""["default/pod-1"]""");
        JsonElement prefill = explained.GetProperty("prefill").EnumerateArray().ShouldHaveSingleItem();
        prefill.GetProperty("candidates").EnumerateArray().ShouldHaveSingleItem().GetProperty("pod").GetString().ShouldBe("default/pod-0");
        prefill.GetProperty("replay").GetProperty("is_same").GetBoolean().ShouldBeTrue();
        explained.GetProperty("replay").GetProperty("is_same").GetBoolean().ShouldBeTrue();
    }

    private static SchedulingProfile Without(int refused) => new("test", [new Refusal(refused)], [new WeightedScorer(new CostScorer(), 1)]);

    private static Task Abort(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    /// <param name="pods">What each engine is, such as <c>prefill decode/b</c>; without a group it is in <c>a</c>.</param>
    /// <param name="connector">The connector; null leaves it to the engine.</param>
    /// <param name="engine">The kind of engine.</param>
    /// <param name="timeout">The bound until the response headers.</param>
    /// <param name="configure">Changes the router's settings.</param>
    /// <param name="loggers">Where the router tells of itself.</param>
    internal static async Task<Gateway> StartAsync(string pods, string? connector = null, string engine = "vLLM", string? timeout = null, Func<RouterOptions, RouterOptions>? configure = null,
        ILoggerFactory? loggers = null)
    {
        string[] kinds = pods.Split(' ');
        Gateway gateway = await Gateway.StartAsync(engines: kinds.Length, configure: configure, loggers: loggers);
        var objects = new List<object>
        {
            ToyCluster.Route("route", Gateway.Model, "server"),
            ToyCluster.SplitServer("server", gateway.Port, connector, engine, timeout),
        };
        for (int index = 0; index < kinds.Length; index++)
        {
            string[] words = [.. kinds[index].Split('/'), "a"];
            objects.Add(ToyCluster.Pod(
                $"pod-{index}", "server", gateway.Engines[index].Address.ToString(), labels: [("role", words[0]), ("group", words[1])]));
        }
        await gateway.SetAsync([.. objects]);
        return gateway;
    }

    private sealed class Refusal(int refused) : Kthena.Routing.Scheduling.IEndpointFilter
    {
        public string Name => "test";

        public int Narrow(in PickInput input, Span<int> candidates)
        {
            int[] kept = [.. candidates.ToArray().Where(candidate => candidate != refused)];
            kept.CopyTo(candidates);
            return kept.Length;
        }
    }
}
