namespace Kthena.Kubernetes.Core;

/// <summary>A request to an API server failed. Callers that only want to try again later catch this.</summary>
public abstract class KubernetesException : Exception
{
    private protected KubernetesException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
