namespace Kthena.Kubernetes.Core;

/// <summary>An API server's answer.</summary>
/// <param name="StatusCode">The HTTP status.</param>
/// <param name="Body">The body, JSON as a rule.</param>
/// <param name="RetryAfter">The header <c>Retry-After</c>; null when absent.</param>
public sealed record KubernetesResponse(int StatusCode, ReadOnlyMemory<byte> Body, TimeSpan? RetryAfter = null)
{
    /// <summary>Whether the status is 2xx.</summary>
    public bool IsSuccess => StatusCode is >= 200 and < 300;
}
