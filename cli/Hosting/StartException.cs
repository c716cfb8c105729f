namespace Kthena.Cli.Hosting;

/// <summary>The platform cannot start; the message says why and what to do, in one line.</summary>
internal sealed class StartException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Something else listens where a part was to.</summary>
    /// <param name="port">The port.</param>
    /// <param name="option">The option that gave it.</param>
    /// <param name="cause">What the part threw.</param>
    public static StartException PortInUse(int port, string option, Exception cause) =>
        new($"Port {port} on 127.0.0.1 is in use. Stop what listens there, or give another one with {option} (0 takes a free one).", cause);
}
