namespace Kthena.Kubernetes;

/// <summary>A kubeconfig is missing or wrong. The message is one line that names the place and the remedy.</summary>
public sealed class KubeconfigException : Exception
{
    /// <summary>Describes what is wrong.</summary>
    /// <param name="message">One line with the remedy.</param>
    /// <param name="inner">The cause; null where there is none.</param>
    public KubeconfigException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
