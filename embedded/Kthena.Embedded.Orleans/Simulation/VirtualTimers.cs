namespace Kthena.Embedded.Simulation;

/// <summary>The time of a simulation and every timer that waits for it. One thread only.</summary>
internal sealed class VirtualTimers
{
    private readonly PriorityQueue<(VirtualTimer Timer, int Setting), (DateTimeOffset Due, long Order)> _waiting = new();
    private long _order;

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public void Add(VirtualTimer timer, int setting, TimeSpan dueTime) =>
        _waiting.Enqueue((timer, setting), (Now + dueTime, _order++));

    /// <summary>When the next timer is due that is no housekeeping; null if there is none. It looks at all timers.</summary>
    public DateTimeOffset? NextDue()
    {
        DateTimeOffset? next = null;
        foreach (var ((timer, setting), (due, _)) in _waiting.UnorderedItems)
        {
            if ((next is null || due < next) && !timer.IsHousekeeping && timer.Stands(setting))
            {
                next = due;
            }
        }

        return next;
    }

    /// <summary>Moves to the earliest moment at which a timer is due and makes turns of all that are; false if none is before the limit.</summary>
    public bool MoveOn(DateTimeOffset limit)
    {
        var moved = false;
        while (_waiting.TryPeek(out var entry, out var place) && place.Due <= (moved ? Now : limit))
        {
            _waiting.Dequeue();
            if (entry.Timer.Stands(entry.Setting))
            {
                Now = place.Due > Now ? place.Due : Now;
                moved = true;
                entry.Timer.Fall();
            }
        }

        return moved;
    }
}
