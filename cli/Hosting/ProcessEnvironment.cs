using System.Net;
using System.Net.Sockets;

namespace Kthena.Cli.Hosting;

/// <summary>The environment variables that a command reads beside its options; nothing else of the platform reads any.</summary>
internal static class ProcessEnvironment
{
    /// <summary>The value of a variable; null when it is not set or empty.</summary>
    /// <param name="name">Its name.</param>
#pragma warning disable RS0030 // Here the command's settings come in; they are checked with its options.
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
#pragma warning restore RS0030

    /// <summary>
    /// A pod's own address: what its manifest tells it, and where that says nothing, as upstream's do, the address of its host name,
    /// which the kubelet writes down. Null outside of a pod.
    /// </summary>
    public static IPAddress? PodAddress =>
        IPAddress.TryParse(Variable("POD_IP"), out IPAddress? address) ? address
        : Variable("KUBERNETES_SERVICE_HOST") is null ? null
        : OfHostName();

    private static IPAddress? OfHostName()
    {
        try
        {
            return Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(static address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal);
        }
        catch (SocketException)
        {
            // No name, no address: as outside of a pod.
            return null;
        }
    }
}
