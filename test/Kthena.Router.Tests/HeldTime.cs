using System.Collections.Concurrent;

namespace Kthena.Router.Tests;

/// <summary>The system's clock, but for the timers of one length: they fire when the test says that their time is over.</summary>
internal sealed class HeldTime(TimeSpan length) : TimeProvider
{
    private readonly ConcurrentQueue<HeldTimer> _held = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != length)
            return base.CreateTimer(callback, state, dueTime, period);
        var timer = new HeldTimer(() => callback(state));
        _held.Enqueue(timer);
        return timer;
    }

    /// <summary>Fires what waits now, and returns how many timers there ever were, waiting or not.</summary>
    public int Elapse()
    {
        HeldTimer[] timers = [.. _held];
        foreach (HeldTimer timer in timers)
            timer.Fire();
        return timers.Length;
    }

    private sealed class HeldTimer(Action fire) : ITimer
    {
        private Action? _fire = fire;

        public void Fire() => Interlocked.Exchange(ref _fire, null)?.Invoke();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
                Volatile.Write(ref _fire, null);
            return true;
        }

        public void Dispose() => Volatile.Write(ref _fire, null);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
