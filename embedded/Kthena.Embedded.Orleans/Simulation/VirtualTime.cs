namespace Kthena.Embedded.Simulation;

/// <summary>
/// The clock of one process of a simulation. All clocks show the same time, which stands still while anything can run; a timer
/// that is due becomes a turn of the process that set it, so that it dies and pauses with it.
/// </summary>
internal sealed class VirtualTime(VirtualTimers timers, SimulatedProcess owner, bool isHousekeeping) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => timers.Now;

    public override long GetTimestamp() => timers.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(timers, owner, isHousekeeping, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
