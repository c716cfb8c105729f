using System.Net;

namespace Kthena.Silo.Debugging;

/// <summary>Settings of the debug endpoints of a silo.</summary>
public sealed record DebugServerOptions
{
    /// <summary>Where they listen. What they tell is for those who operate the control plane.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; }
}
