namespace Kthena.Grains.Reconciling;

/// <summary>
/// Says when a parent pulls its children's summaries: on activation, when it is told to check, and now and then by itself, because
/// a one-way message can be lost.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class PullClock(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Whether a pull is due.</summary>
    public bool IsDue => time.GetUtcNow() >= _next;

    /// <summary>How long until the next one.</summary>
    public TimeSpan Remaining => IsDue ? TimeSpan.Zero : _next - time.GetUtcNow();

    /// <summary>Makes one due now.</summary>
    public void Hurry() => _next = DateTimeOffset.MinValue;

    /// <summary>Notes that one was made.</summary>
    public void Pulled() => _next = time.GetUtcNow() + Interval;
}
