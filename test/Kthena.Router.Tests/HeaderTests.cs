using System.Net;
using System.Text;

namespace Kthena.Router.Tests;

/// <summary>Headers beyond ASCII. What a client writes into one must never look like a fault of the engines.</summary>
public sealed class HeaderTests
{
    [Fact]
    public async Task HeaderBeyondAscii_ReachesTheEngineAsItIs_AndBlamesNobody()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2);
        await using RawConnection raw = await RawConnection.OpenAsync(gateway);
        const string Body = """{"model":"tiny","prompt":"x"}""";

        await raw.SendAsync(
            $"POST /v1/completions HTTP/1.1\r\nHost: x\r\nX-Title: café ☕\r\nConnection: close\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

        (await raw.ToEndAsync()).ShouldStartWith("HTTP/1.1 200");
        gateway.Engines.SelectMany(static engine => engine.Seen).ShouldHaveSingleItem().Headers["X-Title"].ShouldBe("café ☕");
    }

    [Fact]
    public async Task HeaderBeyondAscii_OfAnEngine_ReachesTheClientAsItIs()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Parse("127.79.0.3"), gateway.Port);
        listener.Start();
        Task engine = AnswerOnceAsync(listener, "HTTP/1.1 200 OK\r\nX-Title: café\r\nContent-Length: 2\r\nConnection: close, content-type\r\n\r\n{}");
        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"), ToyCluster.Server("server", gateway.Port), ToyCluster.Pod("pod-0", "server", "127.79.0.3"));
        await using RawConnection raw = await RawConnection.OpenAsync(gateway);
        const string Body = """{"model":"tiny","prompt":"x"}""";

        await raw.SendAsync($"POST /v1/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

        string heard = await raw.ToEndAsync();
        await engine;
        heard.ShouldStartWith("HTTP/1.1 200");
        heard.ShouldContain("X-Title: café\r\n");
    }

    private static async Task AnswerOnceAsync(System.Net.Sockets.TcpListener listener, string answer)
    {
        using System.Net.Sockets.TcpClient client = await listener.AcceptTcpClientAsync();
        byte[] buffer = new byte[64 * 1024];
        var request = new StringBuilder();
        while (!request.ToString().Contains('}', StringComparison.Ordinal))
            request.Append(Encoding.UTF8.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer)));
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer));
    }
}
