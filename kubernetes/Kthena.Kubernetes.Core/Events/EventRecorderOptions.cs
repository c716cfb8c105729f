namespace Kthena.Kubernetes.Core;

/// <summary>Settings of an <see cref="EventRecorder"/>.</summary>
public sealed record EventRecorderOptions
{
    /// <summary>The component named as the source, such as <c>kthena-controller-manager</c>.</summary>
    public required string Component { get; init; }

    /// <summary>The host named as the source; null for none.</summary>
    public string? Host { get; init; }

    /// <summary>Events that may wait to be written; more are dropped and counted.</summary>
    public int QueueLengthMax { get; init; } = 1000;

    /// <summary>Events that are remembered, so that a repeat raises a count instead of writing another object.</summary>
    public int RememberedMax { get; init; } = 1024;

    /// <summary>How long after its last occurrence a repeat still counts as one.</summary>
    public TimeSpan RepeatWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Messages of one subject and reason that are written one by one within the window; those after them are told as one.</summary>
    public int SimilarMax { get; init; } = 10;

    /// <summary>Events of one subject and type that may be written at once.</summary>
    public int BurstMax { get; init; } = 50;

    /// <summary>How long until one more may be written; what is held back is counted with the next.</summary>
    public TimeSpan RefillInterval { get; init; } = TimeSpan.FromSeconds(10);
}
