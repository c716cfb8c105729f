using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Kthena.Router.Listening;

/// <summary>
/// Has the kernel ask peers that say nothing whether they are still there. A request may rightly be silent for minutes, so no timeout
/// tells an engine that thinks, or a client that waits for it, from one whose machine is gone.
/// </summary>
internal static class SilentPeers
{
    private const int SilenceSeconds = 15;
    private const int ProbeSeconds = 5;
    private const int ProbesMax = 4;

    /// <summary>Asks after 15 s of silence, and gives the connection up after 20 s without an answer. What a listener accepts is asked too.</summary>
    public static void Probe(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SilenceSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, ProbesMax);
    }

    /// <summary>Binds a listener whose peers are asked.</summary>
    public static Socket Bind(EndPoint address)
    {
        Socket listener = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        Probe(listener);
        return listener;
    }
}
