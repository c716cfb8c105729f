using System.Net;
using System.Net.Sockets;
using Kthena.Router.Forwarding;
using Kthena.Router.Listening;

namespace Kthena.Router.Tests;

public sealed class EngineConnectionTests
{
    /// <summary>An engine may think for minutes, so no timeout tells it from one whose node is gone: the kernel must ask.</summary>
    [Fact]
    public async Task Connection_ToAnEngineWhoseNodeIsGone_IsNoticedByTheKernelWithinAMinute()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        await using Stream stream = await EngineConnections.ConnectAsync(listener.LocalEndpoint, CancellationToken.None);

        Socket socket = stream.ShouldBeOfType<NetworkStream>().Socket;
        socket.NoDelay.ShouldBeTrue();
        ShouldBeProbed(socket);
    }

    [Fact]
    public async Task Connection_OfAClientWhoseMachineIsGone_IsNoticedToo()
    {
        using Socket listener = SilentPeers.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);

        using Socket accepted = await listener.AcceptAsync();

        ShouldBeProbed(accepted);
    }

    private static void ShouldBeProbed(Socket socket)
    {
        Option(SocketOptionLevel.Socket, SocketOptionName.KeepAlive).ShouldNotBe(0);
        int seconds = Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)
            + (Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval) * Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount));
        seconds.ShouldBeInRange(1, 60);

        int Option(SocketOptionLevel level, SocketOptionName name) => (int)socket.GetSocketOption(level, name)!;
    }
}
