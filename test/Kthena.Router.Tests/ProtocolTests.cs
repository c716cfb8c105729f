using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kthena.Router.Tests;

/// <summary>What HTTP allows and what bad clients do.</summary>
public sealed class ProtocolTests
{
    private const string Body = """{"model":"tiny","prompt":"x"}""";

    [Fact]
    public async Task ExpectContinue_IsMetByTheRouter_AndNotForwarded()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        await using RawConnection raw = await RawConnection.OpenAsync(gateway);

        await raw.SendAsync($"POST /v1/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {Body.Length}\r\n\r\n");
        (await raw.HeadAsync()).ShouldStartWith("HTTP/1.1 100 Continue\r\n");
        await raw.SendAsync(Body);

        (await raw.HeadAsync()).ShouldStartWith("HTTP/1.1 200 OK\r\n");
        gateway.Engines[0].Seen.Single().Headers.ShouldNotContainKey("Expect");
    }

    [Fact]
    public async Task PipelinedRequests_AreAnsweredInOrder()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        gateway.Engines[0].Script = static http => ScriptedEngine.Json(http, $$"""{"path":"{{http.Request.QueryString}}"}""");
        await using RawConnection raw = await RawConnection.OpenAsync(gateway);

        await raw.SendAsync(string.Concat(Enumerable.Range(0, 5).Select(static index =>
            $"POST /v1/completions?{index} HTTP/1.1\r\nHost: x\r\nContent-Length: {Body.Length}\r\n\r\n{Body}")));

        for (int index = 0; index < 5; index++)
        {
            (await raw.HeadAsync()).ShouldStartWith("HTTP/1.1 200 OK\r\n");
            (await raw.UntilAsync("}")).ShouldContain($$"""{"path":"?{{index}}"}""");
            // The end of the chunked answer.
            await raw.UntilAsync("0\r\n\r\n");
        }
    }

    [Fact]
    public async Task ChunkedBody_InTinyChunksWithExtensionsAndTrailers_IsForwardedWhole()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        await using RawConnection raw = await RawConnection.OpenAsync(gateway);

        await raw.SendAsync("POST /v1/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + string.Concat(Body.Select(static character => $"1;ext=1\r\n{character}\r\n")) + "0\r\nX-Trailer: 1\r\n\r\n");

        (await raw.HeadAsync()).ShouldStartWith("HTTP/1.1 200 OK\r\n");
        SeenRequest seen = gateway.Engines[0].Seen.Single();
        seen.Body.ShouldBe(Body);
        seen.Headers["Content-Length"].ShouldBe($"{Body.Length}");
        seen.Headers.ShouldNotContainKey("X-Trailer");
    }

    /// <summary>Section 9.1, 17: no header read timeout on the inference port.</summary>
    [Fact]
    public async Task Weakness17_SlowHeaders_AreCutOff()
    {
        await using Gateway gateway = await Gateway.StartAsync(
            engines: 0, configure: static options => options with { RequestHeadersTimeout = TimeSpan.FromMilliseconds(200) });
        await using RawConnection raw = await RawConnection.OpenAsync(gateway);

        await raw.SendAsync("POST /v1/completions HTTP/1.1\r\nHost: x\r\nX-Slow: ");

        (await raw.ToEndAsync()).ShouldStartWith("HTTP/1.1 408 Request Timeout\r\n");
    }

    [Fact]
    public async Task ConnectionsBeyondTheLimit_AreClosed()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0, configure: static options => options with { ConnectionsMax = 1 });
        await using RawConnection first = await RawConnection.OpenAsync(gateway);
        await first.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        (await first.HeadAsync()).ShouldStartWith("HTTP/1.1 200 OK\r\n");
        await using RawConnection second = await RawConnection.OpenAsync(gateway);

        (await second.ToEndAsync()).ShouldBe("");
    }

    [Fact]
    public async Task PromptOfAMegabyte_IsForwardedByteForByte()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        string prompt = string.Concat(Enumerable.Repeat("prompt of many words, é漢😀 ", 40_000));

        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(prompt))).EnsureSuccessStatusCode();

        gateway.Engines[0].Seen.Single().Body.ShouldBe(await Gateway.Chat(prompt).ReadAsStringAsync());
    }

    [Theory]
    [InlineData(100_000, HttpStatusCode.BadRequest)]
    [InlineData(10, HttpStatusCode.OK)]
    public async Task DeepNesting_IsAnsweredNotSuffered(int depth, HttpStatusCode expected)
    {
        await using Gateway gateway = await Gateway.StartAsync();
        string json = $$"""{"model":"tiny","prompt":"x","deep":{{new string('[', depth)}}{{new string(']', depth)}}}""";

        (await gateway.Client.PostAsync("/v1/completions", Gateway.Json(json))).StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task InvalidUtf8_Is400_AndReachesNoEngine()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        byte[] body = [.. "{\"model\":\"tiny\",\"prompt\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/completions", new ByteArrayContent(body));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldContain("invalid request body");
        gateway.Engines[0].Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Http2Engines_AreSpokenToWithoutTls_WhereConfigured()
    {
        await using Gateway gateway = await Gateway.StartAsync(
            configure: static options => options with { EnginesSpeakHttp2 = true }, engineProtocols: HttpProtocols.Http2);
        var protocols = new List<string>();
        gateway.Engines[0].Script = http =>
        {
            protocols.Add(http.Request.Protocol);
            return ScriptedEngine.Json(http, ScriptedEngine.Answer);
        };

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        (await response.Content.ReadAsStringAsync()).ShouldBe(ScriptedEngine.Answer);
        protocols.ShouldBe(["HTTP/2"]);
        gateway.Engines[0].Seen.Single().Body.ShouldBe(await Gateway.Chat("hello").ReadAsStringAsync());
    }

    [Fact]
    public async Task ForwardedHeaders_AreExtended_NotReplaced()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello") };
        message.Headers.Add("X-Forwarded-For", "10.0.0.1");
        message.Headers.Add("X-Forwarded-Proto", "https");
        message.Headers.Add("X-Forwarded-Host", "api.example.com");

        await gateway.Client.SendAsync(message);

        Dictionary<string, string> headers = gateway.Engines[0].Seen.Single().Headers;
        headers["X-Forwarded-For"].ShouldBe("10.0.0.1, 127.0.0.1");
        headers["X-Forwarded-Proto"].ShouldBe("https");
        headers["X-Forwarded-Host"].ShouldBe("api.example.com");
    }

    /// <summary>Section 9.1, 10: client bearer token and cookies are forwarded to pods.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Weakness10_Credentials_ReachEnginesOnlyWhereConfigured(bool forwards)
    {
        await using Gateway gateway = await Gateway.StartAsync(configure: options => options with { ForwardsClientCredentials = forwards });
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello") };
        message.Headers.Add("Authorization", "Bearer secret");
        message.Headers.Add("Cookie", "a=b");

        await gateway.Client.SendAsync(message);

        Dictionary<string, string> headers = gateway.Engines[0].Seen.Single().Headers;
        headers.ContainsKey("Authorization").ShouldBe(forwards);
        headers.ContainsKey("Cookie").ShouldBe(forwards);
    }

    [Fact]
    public async Task HopByHopHeaders_OfAnEngine_StayWithTheRouter()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        gateway.Engines[0].Script = static http =>
        {
            http.Response.Headers["Connection"] = "X-Private";
            http.Response.Headers["X-Private"] = "1";
            http.Response.Headers["Keep-Alive"] = "timeout=5";
            http.Response.Headers["Proxy-Authenticate"] = "Basic";
            http.Response.Headers["X-Public"] = "1";
            return ScriptedEngine.Json(http, ScriptedEngine.Answer);
        };

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.Headers.Contains("X-Public").ShouldBeTrue();
        foreach (string gone in new[] { "X-Private", "Keep-Alive", "Proxy-Authenticate" })
            response.Headers.Contains(gone).ShouldBeFalse(gone);
    }

    /// <summary>Section 8, 60: the timeout must not cut slow streams.</summary>
    [Fact]
    public async Task Bug1603_TimeoutBoundsTheHeadersOnly()
    {
        var time = new HeldTime(TimeSpan.FromMilliseconds(7_654_321));
        await using Gateway gateway = await Gateway.StartAsync(timeout: "7654321ms", time: time);
        var slow = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: 1\n\n");
            await http.Response.Body.FlushAsync();
            await slow.Task;
            await http.Response.WriteAsync("data: 2\n\n");
        };
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = Gateway.Json(Body) };
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        time.Elapse().ShouldBe(1);
        slow.SetResult();

        (await response.Content.ReadAsStringAsync()).ShouldBe("data: 1\n\ndata: 2\n\n");
    }
}
