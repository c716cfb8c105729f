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
