namespace Kthena.Embedded.Simulation;

/// <summary>A clock that stands still until <see cref="MoveToNextTimer"/>. One thread only.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly PriorityQueue<(VirtualTimer Timer, int Setting), (DateTimeOffset Due, long Order)> _timers = new();
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the earliest timer that is not later than a limit, and fires it; false if there is none.</summary>
    public bool MoveToNextTimer(DateTimeOffset limit)
    {
        while (_timers.TryPeek(out var entry, out var place) && place.Due <= limit)
        {
            _timers.Dequeue();
            if (entry.Timer.IsSetting(entry.Setting))
            {
                _now = place.Due > _now ? place.Due : _now;
                entry.Timer.Fire();
                return true;
            }
        }

        return false;
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;
        private TimeSpan _period;

        public bool IsSetting(int setting) => setting == _setting;

        public void Fire()
        {
            _setting++;
            if (_period > TimeSpan.Zero)
            {
                Set(_period);
            }

            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _setting++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Set(dueTime);
            }

            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Set(TimeSpan dueTime) => time._timers.Enqueue((this, _setting), (time._now + dueTime, time._order++));
    }
}
