namespace Kthena.Kubernetes.Core;

/// <summary>
/// No answer came: connection refused, stream broken, deadline passed. Whether a write happened is unknown,
/// so it is repeated only with a precondition or a deterministic name.
/// </summary>
public sealed class KubernetesUnreachableException : KubernetesException
{
    /// <summary>Describes what got no answer.</summary>
    /// <param name="message">One line that names the request or the server.</param>
    /// <param name="inner">The cause; null where there is none.</param>
    public KubernetesUnreachableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
