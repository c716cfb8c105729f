namespace Kthena.Embedded.Simulation;

/// <summary>A timer on virtual time.</summary>
internal sealed class VirtualTimer(
    VirtualTimers timers, SimulatedProcess owner, bool isHousekeeping, TimerCallback callback, object? state) : ITimer
{
    private int _setting;
    private TimeSpan _period;

    public bool IsHousekeeping => isHousekeeping;

    /// <summary>Whether it still stands as it was set.</summary>
    public bool Stands(int setting) => setting == _setting && !owner.IsDead;

    /// <summary>Makes a turn of it.</summary>
    public void Fall()
    {
        var setting = ++_setting;
        owner.Queue(new Firing(this, setting));
        if (_period > TimeSpan.Zero)
        {
            timers.Add(this, setting, _period);
        }
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _setting++;
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan && owner.Admits(this))
        {
            timers.Add(this, _setting, dueTime);
        }

        return true;
    }

    public void Dispose() => _setting++;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A due timer whose callback has not run yet: it does not if the timer is changed or disposed meanwhile.</summary>
    internal sealed class Firing(VirtualTimer timer, int setting)
    {
        public void Run()
        {
            if (timer.Stands(setting))
            {
                timer.Call();
            }
        }
    }

    public override string ToString() => "timer";

    private void Call() => callback(state);
}
