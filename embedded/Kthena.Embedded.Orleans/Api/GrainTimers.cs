using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer that belongs to a grain.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets when the timer fires next and how often after that.</summary>
    /// <param name="dueTime">From now to the next callback; zero is at once, <see cref="Timeout.InfiniteTimeSpan"/> is never.</param>
    /// <param name="period">From the end of a callback to the next; <see cref="Timeout.InfiniteTimeSpan"/> is never.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>How a grain timer behaves.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "Never compared; equality is not in the contract.")]
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>Creates options with both times.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>From now to the first callback; zero is at once, <see cref="Timeout.InfiniteTimeSpan"/> is never.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>From the end of a callback to the next; <see cref="Timeout.InfiniteTimeSpan"/> is never.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether the callback may run between the turns of other calls. Default: no.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a callback keeps the grain from idle collection. Default: no.</summary>
    public bool KeepAlive { get; init; }
}
