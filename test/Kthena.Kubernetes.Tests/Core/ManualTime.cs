namespace Kthena.Kubernetes.Tests.Core;

/// <summary>A clock that stands until it is advanced; timers fire on the advancing thread, in order of their due time.</summary>
internal sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate)
            _timers.Add(timer);
        return timer;
    }

    public void Advance(TimeSpan span)
    {
        DateTimeOffset target = GetUtcNow() + span;
        while (true)
        {
            ManualTimer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
                _now = next?.Due > _now ? next.Due.Value : next is null ? target : _now;
                if (next is not null)
                    next.Due = null;
            }
            if (next is null)
                return;
            next.Fire();
        }
    }

    /// <summary>How long until each timer that is set.</summary>
    public TimeSpan[] Remaining
    {
        get
        {
            lock (_gate)
                return [.. _timers.Where(static timer => timer.Due is not null).Select(timer => timer.Due!.Value - _now)];
        }
    }

    /// <summary>Completes when a timer is set that is due after just that span.</summary>
    public Task UntilTimerAsync(TimeSpan span) => UntilTimerAsync(left => left == span);

    /// <summary>Completes when a timer is set that is due within that span.</summary>
    public Task UntilTimerWithinAsync(TimeSpan span) => UntilTimerAsync(left => left <= span);

    private async Task UntilTimerAsync(Func<TimeSpan, bool> isMeant)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!Remaining.Any(isMeant))
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>
    /// Advances second by second until a task is done, so that timers made meanwhile count too. Time stands while nothing is due
    /// within a day: whoever has still to set a timer, on a busy machine, is waited for.
    /// </summary>
    public async Task<T> AdvanceUntil<T>(Task<T> task)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!task.IsCompleted)
        {
            guard.Token.ThrowIfCancellationRequested();
            if (Remaining.Any(static left => left < TimeSpan.FromDays(1)))
                Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(task, Task.Yield().AsTask());
        }
        return await task;
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : owner._now + dueTime;
            return true;
        }

        public void Dispose()
        {
            lock (owner._gate)
                owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

internal static class Yielding
{
    public static async Task AsTask(this System.Runtime.CompilerServices.YieldAwaitable yielding) => await yielding;
}
