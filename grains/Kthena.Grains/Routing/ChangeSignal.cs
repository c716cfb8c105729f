namespace Kthena.Grains.Routing;

/// <summary>
/// Lets callers of a grain wait for a change. Not <c>WaitAsync</c> or <c>WhenAny</c> on a shared source: they complete on the thread
/// pool, where a simulation must not go.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ChangeSignal(TimeProvider time)
{
    private List<TaskCompletionSource<bool>> _waiting = [];

    /// <summary>Lets all go on that wait now.</summary>
    public void Raise()
    {
        List<TaskCompletionSource<bool>> waiting = _waiting;
        _waiting = [];
        foreach (TaskCompletionSource<bool> one in waiting)
            one.TrySetResult(true);
    }

    /// <summary>Waits for the next change.</summary>
    /// <param name="most">How long.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>False when none came in time or the waiting was ended.</returns>
    public async Task<bool> WaitAsync(TimeSpan most, CancellationToken cancellation)
    {
        var changed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(changed);
        using ITimer timer = time.CreateTimer(GiveUp, changed, most, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(GiveUp, changed);
        bool isChanged = await changed.Task;
        if (!isChanged)
            _waiting.Remove(changed);
        return isChanged;
    }

    private static void GiveUp(object? waiting) => ((TaskCompletionSource<bool>)waiting!).TrySetResult(false);
}
