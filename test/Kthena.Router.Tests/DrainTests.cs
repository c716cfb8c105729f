using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests;

/// <summary>Section 9.1, 1: upstream's drain never happens, and readiness is not lowered first.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task Weakness1_ReadinessIsLoweredFirst_WhileRequestsAreStillTaken()
    {
        await using Gateway gateway = await Gateway.StartAsync(configure: static options => options with { DrainNotice = TimeSpan.FromHours(1) });
        using var cut = new CancellationTokenSource();

        Task stopping = gateway.Router.StopAsync(cut.Token);

        HttpResponseMessage ready = await gateway.Client.GetAsync("/readyz");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).ShouldBe("""{"message":"router is not ready"}""");
        (await gateway.Client.GetAsync("/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await cut.CancelAsync();
        await stopping.WaitAsync(Gateway.Patience);
    }

    [Fact]
    public async Task Weakness1_StreamInFlightEnds_WhileNewConnectionsAreRefused()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        var release = new TaskCompletionSource();
        gateway.Engines[0].Script = http => StreamAsync(http, release.Task);
        using HttpResponseMessage response = await BeginStreamAsync(gateway);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        (await reader.ReadLineAsync()).ShouldBe("data: 1");

        Task stopping = gateway.Router.StopAsync();
        await UntilRefusedAsync(gateway.Router.Address);
        stopping.IsCompleted.ShouldBeFalse();
        using (HttpClient metrics = Gateway.ClientOf(gateway.Router.MetricsAddress))
            (await metrics.GetStringAsync("/metrics")).ShouldContain("kthena_router_active_requests 1\n");
        release.SetResult();

        (await reader.ReadToEndAsync()).ShouldBe("\ndata: [DONE]\n\n");
        await stopping.WaitAsync(Gateway.Patience);
        gateway.Log.ToString().ShouldContain(" 200 model_name=tiny ");
    }

    [Fact]
    public async Task Weakness1_StreamThatDoesNotEnd_IsCutAfterTheDrainTimeout()
    {
        await using Gateway gateway = await Gateway.StartAsync(
            configure: static options => options with { DrainTimeout = TimeSpan.FromMilliseconds(200) });
        var cancelled = new TaskCompletionSource();
        gateway.Engines[0].Script = http =>
        {
            http.RequestAborted.Register(cancelled.SetResult);
            return StreamAsync(http, cancelled.Task);
        };
        using HttpResponseMessage response = await BeginStreamAsync(gateway);

        await gateway.Router.StopAsync().WaitAsync(Gateway.Patience);

        await Should.ThrowAsync<HttpRequestException>(response.Content.ReadAsStringAsync);
        await cancelled.Task.WaitAsync(Gateway.Patience);
    }

    private static async Task StreamAsync(HttpContext http, Task release)
    {
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync("data: 1\n\n");
        await http.Response.Body.FlushAsync();
        await release;
        await http.Response.WriteAsync("data: [DONE]\n\n");
    }

    private static Task<HttpResponseMessage> BeginStreamAsync(Gateway gateway)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("hello", stream: true) };
        return gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task UntilRefusedAsync(Uri address)
    {
        using var limit = new CancellationTokenSource(Gateway.Patience);
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, address.Port, limit.Token);
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
            {
                return;
            }
            catch (SocketException)
            {
                // Taken into a queue that was closed meanwhile.
            }
        }
    }
}
