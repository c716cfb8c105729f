namespace Kthena.Embedded.Runtime;

/// <summary>
/// Ends waits that last too long. Calls carry the tick at which they are late; activations that have calls are looked at once a
/// tick. A call that is answered in time costs nothing here, and nothing ticks while nothing waits.
/// </summary>
internal sealed class ResponseDeadlines
{
    private const int TicksPerTimeout = 20;
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestTick = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private readonly List<Activation> _watched = [];
    private readonly TimeSpan _tick;
    private readonly int _ticksToWait;
    private readonly ITimer _timer;
    private bool _armed;
    private volatile int _now;

    public ResponseDeadlines(TimeProvider time, TimeSpan timeout)
    {
        var tick = timeout / TicksPerTimeout;
        _tick = tick > LongestTick ? LongestTick : tick < ShortestTick ? ShortestTick : tick;
        _ticksToWait = (int)Math.Min(Math.Ceiling(timeout / _tick), int.MaxValue / 2);
        _timer = Detached.CreateTimer(time, static self => ((ResponseDeadlines)self!).Tick(), this, Timeout.InfiniteTimeSpan);
    }

    public int Now => _now;

    /// <summary>The tick at which a call that is sent now is late. One more, because this tick has begun already.</summary>
    public int Next => _now + _ticksToWait + 1;

    public void Watch(Activation activation)
    {
        lock (_gate)
        {
            activation.WatchIndex = _watched.Count;
            _watched.Add(activation);
            if (!_armed)
            {
                _armed = true;
                _timer.Change(_tick, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Unwatch(Activation activation)
    {
        lock (_gate)
        {
            var index = activation.WatchIndex;
            if (index < 0)
            {
                return;
            }

            var last = _watched[^1];
            _watched[index] = last;
            last.WatchIndex = index;
            _watched.RemoveAt(_watched.Count - 1);
            activation.WatchIndex = -1;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        Activation[] watched;
        lock (_gate)
        {
            watched = [.. _watched];
            _now++;
            _armed = watched.Length > 0;
            if (_armed)
            {
                _timer.Change(_tick, Timeout.InfiniteTimeSpan);
            }
        }

        foreach (var activation in watched)
        {
            if (!activation.AskForSweep())
            {
                activation.ExpireCallsOfBlockedTurn(_now);
            }
        }
    }
}
