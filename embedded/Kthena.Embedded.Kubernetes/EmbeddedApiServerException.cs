namespace Kthena.Embedded.Kubernetes;

/// <summary>The server cannot start. The message is one line that names the remedy.</summary>
public class EmbeddedApiServerException : Exception
{
    internal EmbeddedApiServerException(string message, Exception? cause = null) : base(message, cause)
    {
    }
}
