namespace Kthena.Embedded.Kubernetes;

/// <summary>Something else listens on the port.</summary>
public sealed class PortInUseException : EmbeddedApiServerException
{
    internal PortInUseException(int port, Exception cause)
        : base($"Port {port} on 127.0.0.1 is in use. Stop what listens there, or choose another port (0 takes a free one).", cause)
    {
    }
}
