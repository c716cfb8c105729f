namespace Kthena.Kubernetes.Core;

/// <summary>
/// Lets requests go: so many writes at once, so many requests a second where a limit is set, nobody while the server asked for
/// a pause, and in the order of <see cref="TurnQueue{T}"/>. Thread-safe.
/// </summary>
internal sealed class RequestPace : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly int _writesMax;
    private readonly TokenBucket? _bucket;
    private readonly TurnQueue<Ticket> _waiting = new();
    private readonly ITimer _timer;
    private int _writes;
    private TimeSpan _heldUntil;

    /// <summary>Creates a pace.</summary>
    /// <param name="time">Measures, by its monotonic timestamps and its timers.</param>
    /// <param name="writesMax">Writes at once.</param>
    /// <param name="bucket">The limit of requests a second; null for none.</param>
    public RequestPace(TimeProvider time, int writesMax, TokenBucket? bucket)
    {
        _time = time;
        _start = time.GetTimestamp();
        _writesMax = writesMax;
        _bucket = bucket;
        _timer = time.CreateTimer(static state => ((RequestPace)state!).Pump(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Writes that were let go and are not over.</summary>
    public int WritesInFlight
    {
        get
        {
            lock (_gate)
                return _writes;
        }
    }

    /// <summary>Requests that wait, and in how many lanes.</summary>
    public (int Requests, int Lanes) Waiting
    {
        get
        {
            lock (_gate)
                return (_waiting.Count, _waiting.Lanes);
        }
    }

    /// <summary>How long the server still wants writes held back; zero when it does not.</summary>
    public TimeSpan HeldFor
    {
        get
        {
            lock (_gate)
                return Held();
        }
    }

    /// <summary>Waits until a request may go. A write is over with <see cref="LeaveWrite"/>.</summary>
    /// <param name="urgency">How urgent it is.</param>
    /// <param name="lane">On whose behalf it is.</param>
    /// <param name="cancellation">Gives up; nothing is to be left then.</param>
    /// <returns>How long it waited.</returns>
    public async ValueTask<TimeSpan> EnterAsync(RequestUrgency urgency, string lane, CancellationToken cancellation)
    {
        if (urgency == RequestUrgency.Read && _bucket is null)
            return TimeSpan.Zero;
        cancellation.ThrowIfCancellationRequested();
        var ticket = new Ticket(urgency != RequestUrgency.Read);
        TimeSpan since = Now();
        lock (_gate)
            _waiting.Add(ticket, urgency, lane);
        Pump();
        if (ticket.Task.IsCompleted)
            return TimeSpan.Zero;
        // Not WaitAsync: it would go through the thread pool, where a simulation must not go. A ticket that was given up is
        // passed over when its turn comes.
        using CancellationTokenRegistration cancelled = cancellation.UnsafeRegister(
            static (state, token) => ((Ticket)state!).TrySetCanceled(token), ticket);
        await ticket.Task;
        return Now() - since;
    }

    /// <summary>A write is over.</summary>
    public void LeaveWrite()
    {
        lock (_gate)
            _writes--;
        Pump();
    }

    /// <summary>Takes a token for a request that goes once more; waits until there is one.</summary>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask AgainAsync(CancellationToken cancellation)
    {
        // As urgent as can be, for it has waited once already; it still holds its place among the writes.
        await EnterAsync(RequestUrgency.Read, "", cancellation);
    }

    /// <summary>Holds writes back, because the server asks for it.</summary>
    /// <param name="span">For how long.</param>
    public void Hold(TimeSpan span)
    {
        lock (_gate)
        {
            TimeSpan until = Now() + span;
            if (until > _heldUntil)
                _heldUntil = until;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private TimeSpan Now() => _time.GetElapsedTime(_start);

    private TimeSpan Held()
    {
        TimeSpan now = Now();
        return _heldUntil > now ? _heldUntil - now : TimeSpan.Zero;
    }

    /// <summary>Lets go all that may, and sets the timer for the next that may later.</summary>
    private void Pump()
    {
        lock (_gate)
        {
            while (_waiting.Count > 0)
            {
                TimeSpan now = Now();
                TimeSpan tokenIn = _bucket?.UntilNext(now) ?? TimeSpan.Zero;
                if (tokenIn > TimeSpan.Zero)
                {
                    _timer.Change(tokenIn, Timeout.InfiniteTimeSpan);
                    return;
                }
                TimeSpan held = Held();
                if (_waiting.Next(mayWrite: _writes < _writesMax, isHeldBack: held > TimeSpan.Zero) is not { } next)
                {
                    if (held > TimeSpan.Zero)
                        _timer.Change(held, Timeout.InfiniteTimeSpan);
                    return;
                }
                // Continuations run elsewhere, so nothing of theirs happens under the lock.
                if (!next.TrySetResult())
                    continue;
                _bucket?.TryTake(now);
                if (next.IsWrite)
                    _writes++;
            }
        }
    }

    private sealed class Ticket(bool isWrite) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public bool IsWrite => isWrite;
    }
}
