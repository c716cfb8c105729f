namespace Kthena.Embedded.Runtime;

/// <summary>Starts timers that carry nothing of the caller's execution context with them.</summary>
internal static class Detached
{
    /// <summary>Creates a timer that fires once.</summary>
    public static ITimer CreateTimer(TimeProvider time, TimerCallback callback, object? state, TimeSpan dueTime)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return time.CreateTimer(callback, state, dueTime, Timeout.InfiniteTimeSpan);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(callback, state, dueTime, Timeout.InfiniteTimeSpan);
        }
    }
}
