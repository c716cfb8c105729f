using System.Net;

namespace Kthena.Cli.Hosting;

/// <summary>The environment variables that a command reads beside its options; nothing else of the platform reads any.</summary>
internal static class ProcessEnvironment
{
    /// <summary>The value of a variable; null when it is not set or empty.</summary>
    /// <param name="name">Its name.</param>
#pragma warning disable RS0030 // Here the command's settings come in; they are checked with its options.
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
#pragma warning restore RS0030

    /// <summary>A pod's own address, which its manifest tells it; null outside of one.</summary>
    public static IPAddress? PodAddress => IPAddress.TryParse(Variable("POD_IP"), out IPAddress? address) ? address : null;
}
