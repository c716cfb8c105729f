using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests;

public sealed class ForwardingTests
{
    [Fact]
    public async Task Request_ReachesTheEngine_AndItsAnswerTheClient()
    {
        await using Gateway gateway = await Gateway.StartAsync();

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions?x=1", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).ShouldBe(ScriptedEngine.Answer);
        SeenRequest seen = gateway.Engines[0].Seen.ShouldHaveSingleItem();
        seen.Path.ShouldBe("/v1/chat/completions?x=1");
        seen.Body.ShouldBe("""{"messages":[{"role":"user","content":"hello"}],"stream":false,"model":"tiny"}""");
        seen.Headers["Content-Type"].ShouldBe("application/json; charset=utf-8");
    }

    /// <summary>Uvicorn closes a connection that was idle for 5 s; the pool looks at its own each quarter of its bound.</summary>
    [Fact]
    public void IdleConnections_AreClosedBeforeEnginesCloseThem() =>
        (Forwarding.EngineConnections.IdleMax * 1.25).ShouldBeLessThan(TimeSpan.FromSeconds(5));

    [Fact]
    public async Task Model_IsRewrittenInPlace_AndNothingElse()
    {
        await using Gateway gateway = await Gateway.StartAsync(engineModel: "org/Tiny-1B");

        await gateway.Client.PostAsync("/v1/completions", Gateway.Json("""{ "prompt" : "x" , "model" : "t\u0069ny", "seed": 12345678901234567890 }"""));

        gateway.Engines[0].Seen.Single().Body.ShouldBe("""{ "prompt" : "x" , "model" : "org/Tiny-1B", "seed": 12345678901234567890 }""");
    }

    [Fact]
    public async Task Adapter_KeepsItsName()
    {
        await using Gateway gateway = await Gateway.StartAsync(engineModel: "org/Tiny-1B");

        await gateway.Client.PostAsync("/v1/completions", Gateway.Json("""{"prompt":"x","model":"my-lora"}"""));

        gateway.Engines[0].Seen.Single().Body.ShouldBe("""{"prompt":"x","model":"my-lora"}""");
    }

    [Fact]
    public async Task DuplicateModel_LastOneWins()
    {
        await using Gateway gateway = await Gateway.StartAsync(engineModel: "engine-name");

        HttpResponseMessage response = await gateway.Client.PostAsync(
            "/v1/completions", Gateway.Json("""{"model":"unknown","prompt":"x","model":"tiny"}"""));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        gateway.Engines[0].Seen.Single().Body.ShouldBe("""{"model":"unknown","prompt":"x","model":"engine-name"}""");
    }

    [Fact]
    public async Task Stream_CutInTheMiddleOfAnEvent_IsRelayedWhole()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        var firstSeen = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            // What a busy network makes of events: one read ends inside the next event.
            await http.Response.WriteAsync("data: {\"n\":1}\n\ndata: {\"n\"");
            await firstSeen.Task;
            await http.Response.WriteAsync(":2}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\ndata: [DONE]\n\n");
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello", stream: true) };

        using HttpResponseMessage response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        string first = (await reader.ReadLineAsync())!;
        firstSeen.SetResult();
        string rest = await reader.ReadToEndAsync().WaitAsync(Gateway.Patience);

        first.ShouldBe("data: {\"n\":1}");
        rest.ShouldBe("\ndata: {\"n\":2}\n\ndata: [DONE]\n\n");
    }

    [Fact]
    public async Task ChunkedBody_IsForwardedWhole()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        string prompt = new('p', 100_000);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat(prompt) };
        message.Headers.TransferEncodingChunked = true;

        HttpResponseMessage response = await gateway.Client.SendAsync(message);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        SeenRequest seen = gateway.Engines[0].Seen.Single();
        seen.Body.ShouldContain(prompt);
        seen.Headers.ShouldContainKey("Content-Length");
    }

    [Fact]
    public async Task Credentials_AndHopByHopHeaders_StayWithTheRouter()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello") };
        message.Headers.Add("Authorization", "Bearer secret");
        message.Headers.Add("Cookie", "a=b");
        message.Headers.Add("X-API-Key", "secret");
        message.Headers.Add("X-Custom", ["1", "2"]);
        message.Headers.Add("X-Drop", "1");
        message.Headers.Add("Connection", "X-Drop");
        message.Headers.Add("Accept-Encoding", "gzip");

        await gateway.Client.SendAsync(message);

        Dictionary<string, string> headers = gateway.Engines[0].Seen.Single().Headers;
        foreach (string gone in new[] { "Authorization", "Cookie", "X-API-Key", "X-Drop", "Accept-Encoding", "Connection" })
            headers.ShouldNotContainKey(gone);
        headers["X-Custom"].ShouldBe("1, 2");
        headers["Host"].ShouldBe($"{gateway.Engines[0].Address}:{gateway.Port}");
        headers["X-Forwarded-For"].ShouldBe("127.0.0.1");
    }

    [Theory]
    [InlineData("abc-1", "abc-1")]
    [InlineData("with space", null)]
    [InlineData(null, null)]
    public async Task RequestId_GoesBothWays(string? sent, string? expected)
    {
        await using Gateway gateway = await Gateway.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello") };
        if (sent is not null)
            message.Headers.Add("x-request-id", sent);

        HttpResponseMessage response = await gateway.Client.SendAsync(message);

        string id = response.Headers.GetValues("x-request-id").ShouldHaveSingleItem();
        gateway.Engines[0].Seen.Single().Headers["x-request-id"].ShouldBe(id);
        if (expected is null)
            Guid.TryParse(id, out _).ShouldBeTrue();
        else
            id.ShouldBe(expected);
    }

    [Fact]
    public async Task Weakness3_EngineError_IsTheClientsAnswer_AndNotRetried()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        foreach (ScriptedEngine engine in gateway.Engines)
            engine.Script = static http => ScriptedEngine.Json(http, """{"error":"too long"}""", 400);

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"error":"too long"}""");
        gateway.Engines.Sum(static engine => engine.Seen.Count).ShouldBe(1);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task EngineThatSaysItIsUnavailable_GivesWayToTheNext_AndTheLastOnesWordIsTheClients(int status)
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        int calls = 0;
        foreach (ScriptedEngine engine in gateway.Engines)
        {
            engine.Script = http =>
            {
                if (Interlocked.Increment(ref calls) == 2)
                    return ScriptedEngine.Json(http, ScriptedEngine.Answer);
                http.Response.Headers["X-Leak"] = "1";
                return ScriptedEngine.Json(http, """{"error":"full"}""", status);
            };
        }

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));
        HttpResponseMessage last = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.Contains("X-Leak").ShouldBeFalse();
        response.Headers.Contains("x-request-id").ShouldBeTrue();
        (await response.Content.ReadAsStringAsync()).ShouldBe(ScriptedEngine.Answer);
        ((int)last.StatusCode).ShouldBe(status);
        (await last.Content.ReadAsStringAsync()).ShouldBe("""{"error":"full"}""");
        calls.ShouldBe(4);
    }

    [Fact]
    public async Task EngineThatFails_IsTheClientsAnswer_ForItMayFailEverywhere()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        foreach (ScriptedEngine engine in gateway.Engines)
            engine.Script = static http => ScriptedEngine.Json(http, """{"error":"broken"}""", 500);

        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"))).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);

        gateway.Engines.Sum(static engine => engine.Seen.Count).ShouldBe(1);
    }

    [Fact]
    public async Task DeadEndpoint_NextOneAnswers()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1, dead: 3);

        for (int index = 0; index < 8; index++)
        {
            HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"hello {index}"));
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task ResetBeforeHeaders_NextOneAnswers_AndNothingOfTheFirstLeaks()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        int calls = 0;
        foreach (ScriptedEngine engine in gateway.Engines)
        {
            engine.Script = async http =>
            {
                if (Interlocked.Increment(ref calls) > 1)
                {
                    await ScriptedEngine.Json(http, ScriptedEngine.Answer);
                    return;
                }
                http.Response.Headers["X-Leak"] = "1";
                http.Abort();
            };
        }

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.Contains("X-Leak").ShouldBeFalse();
        (await response.Content.ReadAsStringAsync()).ShouldBe(ScriptedEngine.Answer);
        calls.ShouldBe(2);
        gateway.Engines.SelectMany(static engine => engine.Seen).Select(static seen => seen.Body).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task EveryEndpointDead_Is503InOpenAisShape()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0, dead: 2);

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        JsonElement error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        error.GetProperty("message").GetString().ShouldBe("request to all pods failed");
        error.GetProperty("type").GetString().ShouldBe("server_error");
        response.Headers.Contains("x-request-id").ShouldBeTrue();
    }

    [Fact]
    public async Task HangBeforeHeaders_IsBoundedByTheServersTimeout()
    {
        var time = new HeldTime(TimeSpan.FromMilliseconds(7_654_321));
        await using Gateway gateway = await Gateway.StartAsync(engines: 2, timeout: "7654321ms", time: time);
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int calls = 0;
        foreach (ScriptedEngine engine in gateway.Engines)
        {
            engine.Script = http =>
            {
                if (Interlocked.Increment(ref calls) > 1)
                    return ScriptedEngine.Json(http, ScriptedEngine.Answer);
                hanging.SetResult();
                return Task.Delay(Timeout.Infinite, http.RequestAborted);
            };
        }

        Task<HttpResponseMessage> pending = gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));
        await hanging.Task;
        pending.IsCompleted.ShouldBeFalse();
        time.Elapse().ShouldBe(1);
        HttpResponseMessage response = await pending;

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task ResetMidStream_BreaksTheClientsStream_AndIsNotRetried()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        var received = new TaskCompletionSource();
        foreach (ScriptedEngine engine in gateway.Engines)
        {
            engine.Script = async http =>
            {
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("data: {\"choices\":[{}]}\n\n");
                await http.Response.Body.FlushAsync();
                await received.Task;
                http.Abort();
            };
        }
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello", stream: true) };

        using HttpResponseMessage response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        (await reader.ReadLineAsync()).ShouldBe("data: {\"choices\":[{}]}");
        received.SetResult();

        await Should.ThrowAsync<IOException>(reader.ReadToEndAsync);
        gateway.Engines.Sum(static engine => engine.Seen.Count).ShouldBe(1);
    }

    [Fact]
    public async Task ClientLeaves_EnginesRequestIsCancelled()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        var arrived = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            http.RequestAborted.Register(cancelled.SetResult);
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: {\"choices\":[{}]}\n\n");
            await http.Response.Body.FlushAsync();
            arrived.SetResult();
            await cancelled.Task;
        };
        using var leaving = new CancellationTokenSource();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello", stream: true) };
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        await arrived.Task.WaitAsync(Gateway.Patience);

        response.Dispose();

        await cancelled.Task.WaitAsync(Gateway.Patience);
    }

    [Fact]
    public async Task Stream_IsNotBuffered_AndInjectedUsageIsWithheld()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        var release = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            http.Response.ContentType = "text/event-stream; charset=utf-8";
            await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            await http.Response.Body.FlushAsync();
            await release.Task;
            await http.Response.WriteAsync("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\n\ndata: [DONE]\n\n");
        };
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello", stream: true) };

        using HttpResponseMessage response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        string? first = await reader.ReadLineAsync();
        release.SetResult();
        string rest = await reader.ReadToEndAsync();

        first.ShouldBe("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}");
        rest.ShouldBe("\ndata: [DONE]\n\n");
        gateway.Engines[0].Seen.Single().Body.ShouldContain("""{"stream_options":{"include_usage":true},"messages":""");
        (await gateway.LogLineAsync()).ShouldContain(" tokens=5/2 ");
    }
}
