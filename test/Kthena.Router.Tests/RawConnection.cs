using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kthena.Router.Tests;

/// <summary>A client that sends exactly the bytes that a test wants.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly TcpClient _tcp = new();
    private readonly byte[] _one = new byte[1];

    public static async Task<RawConnection> OpenAsync(Gateway gateway)
    {
        var raw = new RawConnection();
        await raw._tcp.ConnectAsync(IPAddress.Loopback, gateway.Router.Address.Port);
        return raw;
    }

    public async Task SendAsync(string text) => await _tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads status and headers.</summary>
    public Task<string> HeadAsync() => UntilAsync("\r\n\r\n");

    public async Task<string> UntilAsync(string end)
    {
        var text = new StringBuilder();
        using var limit = new CancellationTokenSource(Gateway.Patience);
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            (await _tcp.GetStream().ReadAsync(_one, limit.Token)).ShouldBe(1, $"the connection ended after: {text}");
            text.Append((char)_one[0]);
        }
        return text.ToString();
    }

    /// <summary>Reads until the router closes the connection.</summary>
    public async Task<string> ToEndAsync()
    {
        using var limit = new CancellationTokenSource(Gateway.Patience);
        using var reader = new StreamReader(_tcp.GetStream(), Encoding.UTF8, leaveOpen: true);
        try
        {
            return await reader.ReadToEndAsync(limit.Token);
        }
        catch (IOException)
        {
            // Reset instead of closed.
            return "";
        }
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }
}
