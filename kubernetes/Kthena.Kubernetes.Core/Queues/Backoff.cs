namespace Kthena.Kubernetes.Core;

/// <summary>Delays that double with each failure, up to a limit, spread so that many callers do not return together.</summary>
/// <param name="First">The delay after the first failure.</param>
/// <param name="Longest">The limit.</param>
public readonly record struct Backoff(TimeSpan First, TimeSpan Longest)
{
    private const int DoublingsMax = 30;

    /// <summary>The delay before the next attempt: between half and all of the doubled value.</summary>
    /// <param name="failures">Failures in a row, at least 1.</param>
    /// <param name="chance">Spreads the delay; null takes the whole value.</param>
    public TimeSpan Delay(int failures, Random? chance)
    {
        int doublings = Math.Clamp(failures - 1, 0, DoublingsMax);
        double ticks = Math.Min(First.Ticks * Math.Pow(2, doublings), Longest.Ticks);
        double share = chance is null ? 1 : 0.5 + (chance.NextDouble() / 2);
        return TimeSpan.FromTicks((long)(ticks * share));
    }
}
