namespace Kthena.Router;

/// <summary>A port that the router should listen on is in use.</summary>
public sealed class RouterPortInUseException : IOException
{
    internal RouterPortInUseException(string listener, int port, Exception cause)
        : base($"Port {port} for {listener} is in use.", cause) => (Listener, Port) = (listener, port);

    /// <summary><c>requests</c>, <c>metrics</c> or <c>debug</c>.</summary>
    public string Listener { get; }

    /// <summary>The port.</summary>
    public int Port { get; }
}
