using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kthena.Embedded.Engines.Hosting;

namespace Kthena.Embedded.Engines.Tests;

public sealed class EngineTests : IAsyncLifetime
{
    private const string Hello = """{"model":"m","messages":[{"role":"user","content":"Hello there"}]}""";
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private EngineAt _engines = null!;

    public async Task InitializeAsync() => _engines = await EngineAt.StartAsync();

    public Task DisposeAsync() => _engines.DisposeAsync().AsTask();

    [Fact]
    public async Task Chat_OnTwoAddresses_GivesTheSameTextFromTwoPods()
    {
        EngineSocket first = await _engines.OpenAsync(pod: "default/one");
        EngineSocket second = await _engines.OpenAsync(pod: "default/two");
        first.Address.Address.ShouldNotBe(second.Address.Address);

        using HttpResponseMessage a = await _engines.PostAsync(first, "/v1/chat/completions", Hello);
        using HttpResponseMessage b = await _engines.PostAsync(second, "/v1/chat/completions", Hello);

        a.Headers.GetValues("x-served-by").ShouldBe(["default/one"]);
        b.Headers.GetValues("x-served-by").ShouldBe(["default/two"]);
        string text = Content(JsonNode.Parse(await a.Content.ReadAsStringAsync())!);
        text.ShouldBe(Content(JsonNode.Parse(await b.Content.ReadAsStringAsync())!));
        text.ShouldStartWith(new AnswerText("m", "<|im_start|>user\nHello there<|im_end|>\n<|im_start|>assistant\n"u8).Token(0));
    }

    [Fact]
    public async Task Chat_Streamed_IsVllmsChunksAndTheSameText()
    {
        EngineSocket engine = await _engines.OpenAsync();
        JsonNode whole = await _engines.AskAsync(engine, Hello);

        using HttpResponseMessage response = await _engines.PostAsync(
            engine, "/v1/chat/completions", """{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hello there"}],"model":"m"}""");
        string body = await response.Content.ReadAsStringAsync();

        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        body.ShouldEndWith("data: [DONE]\n\n");
        JsonNode[] chunks = [.. body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).SkipLast(1).Select(line => JsonNode.Parse(line["data: ".Length..])!)];
        chunks[0]["object"]!.GetValue<string>().ShouldBe("chat.completion.chunk");
        chunks[0]["choices"]![0]!["delta"]!["role"]!.GetValue<string>().ShouldBe("assistant");
        string text = string.Concat(chunks.SkipLast(1).Select(chunk => chunk["choices"]![0]!["delta"]!["content"]!.GetValue<string>()));
        text.ShouldBe(Content(whole));
        chunks[^2]["choices"]![0]!["finish_reason"]!.GetValue<string>().ShouldBe("stop");
        chunks[^1]["choices"]!.AsArray().ShouldBeEmpty();
        int tokens = chunks[^1]["usage"]!["completion_tokens"]!.GetValue<int>();
        tokens.ShouldBe(whole["usage"]!["completion_tokens"]!.GetValue<int>());
        tokens.ShouldBe(chunks.Length - 2);
    }

    [Fact]
    public async Task KvCache_IsOfferedByOneEngine_AndTakenOverByAnother()
    {
        EngineSocket prefill = await _engines.OpenAsync(pod: "default/p");
        EngineSocket decode = await _engines.OpenAsync(pod: "default/d");
        string prompt = new('x', 4000);

        JsonNode offer = (await _engines.AskAsync(
            prefill, $$"""{"model":"m","prompt":"{{prompt}}","max_tokens":1,"kv_transfer_params":{"do_remote_decode":true,"do_remote_prefill":false} }""", "/v1/completions"))["kv_transfer_params"]!;
        JsonNode answer = await _engines.AskAsync(
            decode, $$$"""{"model":"m","prompt":"{{{prompt}}}","max_tokens":3,"kv_transfer_params":{{{offer.ToJsonString()}}} }""", "/v1/completions");

        offer["remote_engine_id"]!.GetValue<string>().ShouldBe("default/p");
        answer["usage"]!["prompt_tokens_details"]!["cached_tokens"]!.GetValue<int>().ShouldBe(999);
        answer["kv_transfer_params"].ShouldBeNull();
    }

    [Fact]
    public async Task Bootstrap_SavesTheDecodingEngineThePrompt_NotThePrefillingOne()
    {
        EngineProfile profile = new(EngineKind.Sglang, 30000) { ServedModelNames = ["m"] };
        EngineSocket prefill = await _engines.OpenAsync(profile with { OnlyPrefills = true });
        EngineSocket decode = await _engines.OpenAsync(profile);
        string body = $$"""{"model":"m","prompt":"{{new string('x', 4000)}}","max_tokens":1,"bootstrap_host":"127.0.0.1","bootstrap_room":7}""";

        JsonNode computed = await _engines.AskAsync(prefill, body, "/v1/completions");
        JsonNode taken = await _engines.AskAsync(decode, body, "/v1/completions");

        computed["usage"]!["prompt_tokens_details"]!["cached_tokens"]!.GetValue<int>().ShouldBe(0);
        taken["usage"]!["prompt_tokens_details"]!["cached_tokens"]!.GetValue<int>().ShouldBe(999);
    }

    [Fact]
    public async Task Completion_OfText_HonoursMaxTokens()
    {
        EngineSocket engine = await _engines.OpenAsync();

        JsonNode answer = await _engines.AskAsync(engine, """{"model":"m","prompt":"Once upon a time","max_tokens":3}""", "/v1/completions");

        answer["object"]!.GetValue<string>().ShouldBe("text_completion");
        answer["choices"]![0]!["text"]!.GetValue<string>().Split(' ').Length.ShouldBe(3);
        answer["choices"]![0]!["finish_reason"]!.GetValue<string>().ShouldBe("length");
        answer["usage"]!.ToJsonString().ShouldBe(
            """{"prompt_tokens":4,"total_tokens":7,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":0}}""");
    }

    [Fact]
    public async Task Prompt_ReadBefore_IsCachedBlockwise()
    {
        EngineSocket engine = await _engines.OpenAsync();
        string prefix = new('x', 1000);
        string Ask(string end) => $$"""{"model":"m","max_tokens":1,"prompt":"{{prefix}}{{end}}"}""";
        await _engines.AskAsync(engine, Ask("one"), "/v1/completions");

        JsonNode answer = await _engines.AskAsync(engine, Ask("two"), "/v1/completions");

        answer["usage"]!["prompt_tokens_details"]!["cached_tokens"]!.GetValue<int>().ShouldBe(1000 / 64 * 16);
        string metrics = await _engines.Http.GetStringAsync(EngineAt.Url(engine, "/metrics"));
        metrics.ShouldContain("vllm:prefix_cache_hits_total{engine=\"0\",model_name=\"m\"} 240\n");
    }

    [Theory]
    [InlineData("""{"model":"other","messages":[{"role":"user","content":"x"}]}""", 404, "The model `other` does not exist.")]
    [InlineData("""{"model":"m"}""", 400, "messages must be a list of at least one message.")]
    [InlineData("""{"model":"m","messages":[{}]}""", 400, "Each message must be an object with a role.")]
    [InlineData("""{"model":7,"messages":[]}""", 400, "model must be a JSON String, not Number.")]
    [InlineData("""{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"x"}]}""", 400, "max_tokens must be at least 1, got 0.")]
    [InlineData("""{"model":"m","max_tokens":99999,"messages":[{"role":"user","content":"x"}]}""", 400, "This model's maximum context length is 32768 tokens.")]
    [InlineData("{", 400, "The body is not JSON")]
    [InlineData("[]", 400, "The body must be a JSON object.")]
    public async Task Chat_WrongRequest_IsAnErrorInOpenAIsShape(string body, int status, string message)
    {
        EngineSocket engine = await _engines.OpenAsync();

        using HttpResponseMessage response = await _engines.PostAsync(engine, "/v1/chat/completions", body);

        ((int)response.StatusCode).ShouldBe(status);
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        error["message"]!.GetValue<string>().ShouldStartWith(message);
        error["code"]!.GetValue<int>().ShouldBe(status);
        error["type"]!.GetValue<string>().ShouldBe(status == 404 ? "NotFoundError" : "BadRequestError");
    }

    [Fact]
    public async Task Models_ListNamesAndAdapters_AlsoThoseLoadedLater()
    {
        EngineSocket engine = await _engines.OpenAsync(new EngineProfile(EngineKind.Vllm, 8000)
        {
            ModelPath = "/models/q",
            ServedModelNames = ["q", "alias"],
            Adapters = [new LoraAdapter("sql", "/lora/sql")],
        });
        using HttpResponseMessage loaded = await _engines.PostAsync(engine, "/v1/load_lora_adapter", """{"lora_name":"law","lora_path":"/lora/law"}""");
        using HttpResponseMessage again = await _engines.PostAsync(engine, "/v1/load_lora_adapter", """{"lora_name":"law","lora_path":"/lora/law"}""");
        using HttpResponseMessage unloaded = await _engines.PostAsync(engine, "/v1/unload_lora_adapter", """{"lora_name":"sql"}""");

        JsonNode models = JsonNode.Parse(await _engines.Http.GetStringAsync(EngineAt.Url(engine, "/v1/models")))!;

        models["data"]!.AsArray().Select(model => model!["id"]!.GetValue<string>()).ShouldBe(["q", "alias", "law"]);
        models["data"]![2]!["parent"]!.GetValue<string>().ShouldBe("q");
        ((int)loaded.StatusCode, (int)again.StatusCode, (int)unloaded.StatusCode).ShouldBe((200, 400, 200));
    }

    [Theory]
    [InlineData(EngineKind.Vllm, "vllm:num_requests_running|vllm:num_requests_waiting|vllm:kv_cache_usage_perc|vllm:prompt_tokens_total|vllm:generation_tokens_total|vllm:time_to_first_token_seconds|vllm:inter_token_latency_seconds|vllm:prefix_cache_queries_total")]
    [InlineData(EngineKind.Sglang, "sglang:num_running_reqs|sglang:num_queue_reqs|sglang:token_usage|sglang:time_to_first_token_seconds|sglang:inter_token_latency_seconds|sglang:generation_tokens_total")]
    public async Task Metrics_ArePrometheusTextUnderTheEnginesNames(EngineKind kind, string names)
    {
        EngineSocket engine = await _engines.OpenAsync(new EngineProfile(kind, 8000) { ServedModelNames = ["m"] });
        await _engines.AskAsync(engine, Hello);

        string metrics = await _engines.Http.GetStringAsync(EngineAt.Url(engine, "/metrics"));

        foreach (string name in names.Split('|'))
            metrics.ShouldContain($"# TYPE {name} ");
        string[] lines = metrics.TrimEnd('\n').Split('\n');
        lines.ShouldAllBe(line => line.StartsWith("# ") || Regex.IsMatch(line, "^[a-z:_0-9]+\\{[^}]*model_name=\"m\"[^}]*\\} [0-9.E+-]+$"));
        lines.ShouldContain(line => line.Contains("time_to_first_token_seconds_count", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains("le=\"+Inf\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_ThatGoesAway_FreesItsPlace()
    {
        EngineSocket engine = await _engines.OpenAsync(
            new EngineProfile(EngineKind.Vllm, 8000) { ServedModelNames = ["m"], RunningRequestsMax = 1 },
            new EngineCosts { DecodePerToken = TimeSpan.FromHours(1) });
        using var stop = new CancellationTokenSource();
        Task<HttpResponseMessage> running = _engines.Http.PostAsync(EngineAt.Url(engine, "/v1/chat/completions"), new StringContent(Hello), stop.Token);
        await UntilAsync(engine, "vllm:num_requests_running", 1);
        Task<HttpResponseMessage> waiting = _engines.Http.PostAsync(EngineAt.Url(engine, "/v1/chat/completions"), new StringContent(Hello), stop.Token);
        await UntilAsync(engine, "vllm:num_requests_waiting", 1);

        await stop.CancelAsync();

        await UntilAsync(engine, "vllm:num_requests_waiting", 0);
        await UntilAsync(engine, "vllm:num_requests_running", 0);
        await Should.ThrowAsync<OperationCanceledException>(running);
        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }

    [Fact]
    public async Task Closed_RefusesAtOnceAndResetsOpenStreams()
    {
        EngineSocket engine = await _engines.OpenAsync(costs: new EngineCosts { PrefillPerToken = TimeSpan.Zero, DecodePerToken = TimeSpan.FromMilliseconds(200) });
        using var request = new HttpRequestMessage(HttpMethod.Post, EngineAt.Url(engine, "/v1/chat/completions"))
        {
            // So many tokens that the stream cannot end by itself meanwhile.
            Content = new StringContent(Hello.Replace("\"model\"", "\"stream\":true,\"ignore_eos\":true,\"max_tokens\":30000,\"model\"", StringComparison.Ordinal)),
        };
        using HttpResponseMessage response = await _engines.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using Stream stream = await response.Content.ReadAsStreamAsync();
        (await stream.ReadAsync(new byte[64])).ShouldBeGreaterThan(0);

        ValueTask closing = engine.DisposeAsync();

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketException refused = await Should.ThrowAsync<SocketException>(socket.ConnectAsync(engine.Address));
        refused.SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        await Should.ThrowAsync<IOException>(stream.CopyToAsync(Stream.Null).WaitAsync(Guard));
        await closing;
    }

    [Fact]
    public async Task Open_OnAnAddressInUse_IsAnError()
    {
        EngineSocket engine = await _engines.OpenAsync();
        await using var host = new EngineHost(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        await Should.ThrowAsync<Microsoft.AspNetCore.Connections.AddressInUseException>(
            host.OpenAsync(engine.Address, _ => Task.CompletedTask, CancellationToken.None));
        await Should.ThrowAsync<ArgumentException>(
            host.OpenAsync(new IPEndPoint(IPAddress.Any, 0), _ => Task.CompletedTask, CancellationToken.None));
    }

    [Fact]
    public async Task TwoHundredEngines_AnswerInOneProcessWithFewThreads()
    {
        int before = Threads();
        EngineSocket[] engines = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => _engines.OpenAsync(pod: $"default/p{i}")));

        string?[] served = await Task.WhenAll(engines.Select(async engine =>
        {
            using HttpResponseMessage response = await _engines.PostAsync(engine, "/v1/chat/completions", Hello);
            return response.Headers.GetValues("x-served-by").Single();
        }));

        served.ShouldBe(Enumerable.Range(0, 200).Select(i => $"default/p{i}"));
        // The thread pool has as many threads as the machine has cores, sooner or later.
        (Threads() - before).ShouldBeLessThan(40 + Environment.ProcessorCount);
    }

    private static int Threads()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }

    private static string Content(JsonNode answer) => answer["choices"]![0]!["message"]!["content"]!.GetValue<string>();

    private async Task UntilAsync(EngineSocket engine, string metric, int value)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (true)
        {
            string metrics = await _engines.Http.GetStringAsync(EngineAt.Url(engine, "/metrics"), guard.Token);
            if (metrics.Contains($"{metric}{{engine=\"0\",model_name=\"m\"}} {value}\n", StringComparison.Ordinal))
                return;
        }
    }
}
