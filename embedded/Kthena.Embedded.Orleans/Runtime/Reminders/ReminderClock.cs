using Kthena.Embedded.CodeGeneration;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>Sends the ticks of one reminder, the next one only when the last one is answered.</summary>
internal sealed class ReminderClock : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly SiloRuntime _silo;
    private readonly GrainByKey _grain;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private DateTime _due;
    private bool _disposed;

    public ReminderClock(SiloRuntime silo, GrainClass grainClass, Reminder reminder)
    {
        _silo = silo;
        _grain = new GrainByKey(silo, grainClass, reminder.Id.Key);
        Reminder = reminder;
        _due = reminder.TickFrom(Now);
        _timer = Detached.CreateTimer(silo.Time, static clock => ((ReminderClock)clock!).Ring(), this, Timeout.InfiniteTimeSpan);
        Wait();
    }

    public Reminder Reminder { get; }

    private DateTime Now => _silo.Time.GetUtcNow().UtcDateTime;

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer.Dispose();
        }
    }

    // A clock's timer has a longest time; the wait goes on when it is over.
    private void Wait()
    {
        lock (_gate)
        {
            var left = _due - Now;
            if (!_disposed)
            {
                _timer.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left > LongestWait ? LongestWait : left, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Ring()
    {
        var now = Now;
        if (now < _due)
        {
            Wait();
            return;
        }

        var call = new ReminderCall(Reminder.ReminderName, new TickStatus(Reminder.FirstTick, Reminder.Period, now));
        _grain.Send(call);
        call.Answer.GetAwaiter().UnsafeOnCompleted(() => Rang(call));
    }

    private void Rang(VoidCall call)
    {
        if (call.Answer.Exception is { } faults)
        {
            Log.ReminderFailed(_silo.Logger, Reminder.ReminderName, _grain, faults.InnerException ?? faults);
        }

        var next = Reminder.TickFrom(Now);
        _due = next > _due ? next : _due + Reminder.Period;
        Wait();
    }
}
