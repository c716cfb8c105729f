namespace Kthena.Kubernetes.Core;

/// <summary>Settings of a <see cref="KubernetesClient"/>.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>How long one call may take, from the moment that it is sent.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many writes may be in flight at once; more wait their turn.</summary>
    public int WritesMax { get; init; } = 32;

    /// <summary>How many requests may be sent a second, reads and watches counted; 0 sets no limit.</summary>
    public double RequestsPerSecond { get; init; }

    /// <summary>How many may be sent at once after a rest; 0 takes twice <see cref="RequestsPerSecond"/>.</summary>
    public int Burst { get; init; }

    /// <summary>Spreads the pauses after a refusal; null spreads nothing.</summary>
    public Random? Chance { get; init; }

    internal int BurstOrDefault => Burst > 0 ? Burst : (int)Math.Clamp(Math.Ceiling(RequestsPerSecond * 2), 1, int.MaxValue);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WritesMax);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CallTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(RequestsPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegative(Burst);
    }
}
