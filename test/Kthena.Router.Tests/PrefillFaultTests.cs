using System.Net;
using Kthena.Router.Forwarding;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests;

/// <summary>Prefill engines that answer what nobody can use, and ones that cannot even be asked.</summary>
public sealed class PrefillFaultTests
{
    [Theory]
    [InlineData("http")]
    [InlineData("nixl")]
    public async Task AnswerThatIsTooLong_IsANamedFaultOfTheEngine_AndAnotherPrefills(string connector)
    {
        var told = new ToldLines();
        await using Gateway gateway = await PrefillDecodeTests.StartAsync("prefill prefill decode", connector, loggers: told);
        gateway.Engines[0].Script = gateway.Engines[1].Script = static async http =>
        {
            http.Response.ContentType = "application/json";
            byte[] piece = new byte[1 << 20];
            Array.Fill(piece, (byte)' ');
            for (int written = 0; written <= PrefillExchange.AnswerBytesMax; written += piece.Length)
                await http.Response.Body.WriteAsync(piece, http.RequestAborted);
        };

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldContain("all prefill/decode attempts failed");
        gateway.Engines[0].Seen.Count.ShouldBe(1);
        gateway.Engines[1].Seen.Count.ShouldBe(1);
        gateway.Engines[2].Seen.ShouldBeEmpty();
        told.Lines.ShouldContain(static line => line.Contains("Prefill failed") && line.Contains($"its answer is longer than {PrefillExchange.AnswerBytesMax} bytes"));
    }

    [Theory]
    [InlineData("http", 502)]
    [InlineData("nixl", 503)]
    [InlineData("http", 504)]
    public async Task UnavailablePrefill_GivesWayToAnother_AndUnavailableDecodeToo(string connector, int status)
    {
        await using Gateway gateway = await PrefillDecodeTests.StartAsync("prefill prefill decode decode", connector);
        gateway.Engines[0].Script = gateway.Engines[2].Script = http => ScriptedEngine.Json(http, """{"error":"not now"}""", status);

        for (int request = 0; request < 8; request++)
        {
            HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"hello {request}"));
            (await response.Content.ReadAsStringAsync()).ShouldBe(ScriptedEngine.Answer);
        }

        (gateway.Engines[0].Seen.Count + gateway.Engines[2].Seen.Count).ShouldBePositive();
    }

    [Theory]
    [InlineData("prefill decode decode", 0)]
    [InlineData("prefill prefill decode", 2)]
    public async Task UnavailableEngine_WithNobodyElse_IsTheClientsAnswer(string pods, int unavailable)
    {
        await using Gateway gateway = await PrefillDecodeTests.StartAsync(pods);
        gateway.Engines[unavailable].Script = static http => ScriptedEngine.Json(http, """{"error":"not now"}""", 503);

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"error":"not now"}""");
        gateway.Engines[unavailable].Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task PrefillThatCannotBeAsked_LetsDecodeGo_AndNothingGoesOnBehindTheRequest()
    {
        await using Gateway gateway = await PrefillDecodeTests.StartAsync("decode", engine: "SGLang");
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.TrySetResult();
        };
        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"),
            ToyCluster.SplitServer("server", gateway.Port, engine: "SGLang"),
            ToyCluster.Pod("pod-0", "server", gateway.Engines[0].Address.ToString(), labels: [("role", "decode"), ("group", "a")]),
            ToyCluster.Pod("pod-1", "server", "no address", labels: [("role", "prefill"), ("group", "a")]));

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldContain("all prefill/decode attempts failed");
        // Where decode was asked at all, it is let go.
        if (begun.Task.IsCompleted)
            await ended.Task.WaitAsync(Gateway.Patience);
        await gateway.UntilMetricAsync("kthena_router_active_requests 0");
        (await gateway.MetricsAsync()).Split('\n').Where(static line => line.StartsWith("kthena_router_active_upstream_requests{", StringComparison.Ordinal))
            .ShouldAllBe(static line => line.EndsWith(" 0", StringComparison.Ordinal));
    }
}
