using System.Net;
using System.Net.Sockets;

namespace Kthena.Router.Tests;

/// <summary>A test on IPv6's loopback; it skips with a reason where no socket binds to that: systems that know IPv6 may have it off.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class Ipv6FactAttribute : FactAttribute
{
    public Ipv6FactAttribute()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        }
        catch (SocketException fault)
        {
            Skip = $"Nothing binds to [::1] here: {fault.SocketErrorCode}.";
        }
    }
}
