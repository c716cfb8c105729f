using Kthena.Embedded.CodeGeneration;

namespace Kthena.Embedded.Runtime;

/// <summary>Which request may start, and when.</summary>
internal sealed partial class Activation
{
    private RequestList _running;
    private RequestList _waiting;
    private int _waitingInterleaved;
    private int _waitingReadOnly;
    private GrainRequest? _blocking;
    private bool _pumpNeeded;
    private readonly WeakReference? _observer;
    private object? _instance;

    /// <summary>Where this activation stands in <see cref="ResponseDeadlines"/>; below zero when it is not there.</summary>
    internal int WatchIndex { get; set; } = -1;

    /// <summary>Whether a request that counts as use has come or ended since the idle collector last looked.</summary>
    internal bool Touched { get; set; } = true;

    internal bool IsBusy => _running.Count + _waiting.Count > 0;

    /// <summary>The grain object, once it is created; an observer's object, while it lives.</summary>
    public object? Instance => _observer is null ? _instance : _observer.Target;

    /// <summary>Called by a request in a turn of this activation when it has ended.</summary>
    public void Completed(GrainRequest request)
    {
        _running.Remove(request);
        Touched |= CountsAsUse(request);
        if (_blocking is null || ReferenceEquals(_blocking, request))
        {
            _blocking = null;
        }

        if (_waiting.Count > 0 || _deactivation is not null)
        {
            _pumpNeeded = true;
        }
    }

    /// <summary>Fails the calls whose caller has waited long enough. Runs in a turn.</summary>
    private void ExpireCalls()
    {
        var now = Silo.Deadlines.Now;
        Expire(_running.First, now);
        Expire(_waiting.First, now);
        for (var request = _waiting.First; request is not null;)
        {
            var after = request.After;
            if (request.IsAnswered)
            {
                StopWaiting(request);
            }

            request = after;
        }

        if (!IsBusy)
        {
            Silo.Deadlines.Unwatch(this);
        }
    }

    /// <summary>
    /// Fails late calls from outside while one turn blocks its thread. What it reads may change under it: it then misses a call,
    /// which the next look finds; it never fails one that is not late.
    /// </summary>
    internal void ExpireCallsOfBlockedTurn(int now)
    {
        const int FarEnough = 1_000_000;
        Expire(_running.First, now, FarEnough);
        Expire(_waiting.First, now, FarEnough);
        var item = Volatile.Read(ref _inbox);
        for (var steps = 0; item is not null && steps < FarEnough; steps++, item = item.Next)
        {
            if (item is GrainCall call && call.Deadline <= now)
            {
                call.TimeOut();
            }
        }
    }

    private static void Expire(GrainRequest? request, int now, int steps = int.MaxValue)
    {
        for (; request is not null && steps > 0; steps--, request = request.After)
        {
            if (request is GrainCall call && call.Deadline <= now)
            {
                call.TimeOut();
            }
        }
    }

    private void Receive(GrainRequest request)
    {
        if (_stage == Stage.Gone)
        {
            PassOn(request);
            return;
        }

        Touched |= CountsAsUse(request);
        _waiting.Add(request);
        _waitingInterleaved += request.IsAlwaysInterleave ? 1 : 0;
        _waitingReadOnly += request.IsReadOnly ? 1 : 0;
        _pumpNeeded = true;
        if (WatchIndex < 0 && request is GrainCall { Deadline: < int.MaxValue })
        {
            Silo.Deadlines.Watch(this);
        }
    }

    private static bool CountsAsUse(GrainRequest request) => request is not GrainTimer { KeepsAlive: false };

    private void StopWaiting(GrainRequest request)
    {
        _waiting.Remove(request);
        _waitingInterleaved -= request.IsAlwaysInterleave ? 1 : 0;
        _waitingReadOnly -= request.IsReadOnly ? 1 : 0;
    }

    private void Pump()
    {
        var clean = ExecutionContext.Capture();
        if (_sweepAsked)
        {
            _sweepAsked = false;
            ExpireCalls();
        }

        MoveLifecycle();
        var request = _waiting.First;
        while (request is not null && _stage == Stage.Valid && _deactivation is null && MayAnyStart())
        {
            var after = request.After;
            if (request.IsAnswered)
            {
                StopWaiting(request);
            }
            else if (MayStart(request))
            {
                StopWaiting(request);
                _running.Add(request);
                if (_blocking is null && !request.IsAlwaysInterleave)
                {
                    _blocking = request;
                }

                Start(request, clean);
            }

            request = after;
        }

        MoveLifecycle();
    }

    private void Start(GrainRequest request, ExecutionContext? clean)
    {
        if (request is GrainCall { RequestContextData: { } data })
        {
            Orleans.Runtime.RequestContext.Import(data);
        }

        request.Start(this);
        if (clean is not null && !ReferenceEquals(ExecutionContext.Capture(), clean))
        {
            ExecutionContext.Restore(clean);
        }
    }

    // A long line of plain calls is not walked again and again while one of them runs.
    private bool MayAnyStart() =>
        _blocking is null
        || Class.IsReentrant
        || _waitingInterleaved > 0
        || (_waitingReadOnly > 0 && _blocking.IsReadOnly);

    private bool MayStart(GrainRequest request) =>
        _blocking is null
        || request.IsAlwaysInterleave
        || Class.IsReentrant
        || (_blocking.IsReadOnly && request.IsReadOnly);
}
