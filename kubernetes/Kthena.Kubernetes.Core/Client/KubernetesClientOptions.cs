namespace Kthena.Kubernetes.Core;

/// <summary>Settings of a <see cref="KubernetesClient"/>.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>How long one call may take, from the moment that it is sent.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many writes may be in flight at once; more wait their turn.</summary>
    public int WritesMax { get; init; } = 32;
}
