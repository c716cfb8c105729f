namespace Kthena.Planning.Serving;

/// <summary>At most one write of a status a second. What is held back is written at the end of the wait, as it is then.</summary>
internal static class StatusPace
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long a write has to wait; null when it may be made now.</summary>
    /// <param name="writtenAt">When the last was made; null when not since this process knows.</param>
    /// <param name="now">The instant of the look.</param>
    public static TimeSpan? Wait(DateTimeOffset? writtenAt, DateTimeOffset now)
    {
        // A clock that was set back must not hold a status longer than the interval.
        return writtenAt is { } last && last + Interval - now is var wait && wait > TimeSpan.Zero
            ? wait < Interval ? wait : Interval
            : null;
    }
}
