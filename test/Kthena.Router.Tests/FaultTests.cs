using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests;

/// <summary>Engines and clients that stop in the middle.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task HangAfterTheFirstToken_HoldsNobodyElseUp_AndEndsWithItsClient()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        var hanging = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            if (http.Request.Query.ContainsKey("hang"))
            {
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("data: first\n\n");
                await http.Response.Body.FlushAsync();
                hanging.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ended.SetResult();
                return;
            }
            await ScriptedEngine.Json(http, ScriptedEngine.Answer);
        };
        using (var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions?hang") { Content = Gateway.Chat("x", stream: true) })
        using (HttpResponseMessage hung = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead))
        {
            hung.StatusCode.ShouldBe(HttpStatusCode.OK);
            await hanging.Task;
            for (int index = 0; index < 20; index++)
                (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{index}"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await ended.Task.WaitAsync(Gateway.Patience);
    }

    [Fact]
    public async Task ClientThatStopsInTheMiddleOfItsBody_ReachesNoEngine_AndOthersGoOn()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        var stalled = new List<RawConnection>();
        for (int index = 0; index < 50; index++)
        {
            RawConnection raw = await RawConnection.OpenAsync(gateway);
            stalled.Add(raw);
            await raw.SendAsync("POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"model\":\"tiny\",\"prompt\":\"");
        }

        for (int index = 0; index < 20; index++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{index}"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (RawConnection raw in stalled)
            await raw.DisposeAsync();

        gateway.Engines[0].Seen.Count.ShouldBe(20);
        gateway.Engines[0].Seen.ShouldAllBe(static request => request.Path == "/v1/chat/completions");
    }

    [Fact]
    public async Task EngineThatAnswersBeforeItReadTheBody_IsHeard()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        gateway.Engines[0].Script = static http => ScriptedEngine.Json(http, """{"error":{"message":"too long"}}""", StatusCodes.Status413PayloadTooLarge);

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(new string('p', 1 << 20)));

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await response.Content.ReadAsStringAsync()).ShouldContain("too long");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task AnswerThatBreaksOff_IsNotPassedOffAsWhole(string answer)
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Parse("127.79.0.1"), gateway.Port);
        listener.Start();
        Task engine = AnswerOnceAsync(listener, answer);
        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port), ToyCluster.Pod("pod-0", "server", "127.79.0.1"));

        await using RawConnection raw = await RawConnection.OpenAsync(gateway);
        const string Body = """{"model":"tiny","prompt":"x"}""";
        await raw.SendAsync($"POST /v1/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        string heard = await raw.ToEndAsync();
        await engine;

        // An error while there was still one to give, less than was announced, or a reset.
        (heard.Length == 0
            || heard.StartsWith("HTTP/1.1 503", StringComparison.Ordinal)
            || (heard.Contains("Content-Length: 100", StringComparison.Ordinal) && heard.EndsWith("short", StringComparison.Ordinal))).ShouldBeTrue(heard);
    }

    [Theory]
    [InlineData("not http at all\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    public async Task AnswerThatIsNone_MovesOnToTheNextPod(string answer)
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Parse("127.79.0.2"), gateway.Port);
        listener.Start();
        Task engine = AnswerOnceAsync(listener, answer);
        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"),
            ToyCluster.Server("server", gateway.Port),
            ToyCluster.Pod("pod-0", "server", gateway.Engines[0].Address.ToString()),
            ToyCluster.Pod("pod-1", "server", "127.79.0.2"));

        for (int index = 0; !engine.IsCompleted && index < 200; index++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{index}"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        await engine.WaitAsync(Gateway.Patience);
    }

    private static async Task AnswerOnceAsync(System.Net.Sockets.TcpListener listener, string answer)
    {
        using System.Net.Sockets.TcpClient client = await listener.AcceptTcpClientAsync();
        // Whoever comes later is refused, not left waiting.
        listener.Stop();
        byte[] buffer = new byte[64 * 1024];
        var request = new StringBuilder();
        while (!request.ToString().Contains('}', StringComparison.Ordinal))
            request.Append(Encoding.UTF8.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer)));
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
    }
}
