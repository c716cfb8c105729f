using Kthena.Embedded.CodeGeneration;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>
/// A grain's timer, which is also the request that runs its callback: it is in the inbox or running at most once. The clock's
/// timer fires once and is set again when the callback has ended.
/// </summary>
internal abstract class GrainTimer : GrainRequest, IGrainTimer
{
    private readonly Activation _activation;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _gate = new();
    private readonly ITimer _clock;
    private readonly bool _keepAlive;
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _firing;
    private bool _changed;
    private Task _callback = Task.CompletedTask;

    protected GrainTimer(Activation activation, GrainTimerCreationOptions options)
        : base(options.Interleave ? CallOptions.AlwaysInterleave : CallOptions.None)
    {
        _activation = activation;
        _keepAlive = options.KeepAlive;
        _clock = Detached.CreateTimer(
            activation.Silo.Time, static timer => ((GrainTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan);
    }

    internal override bool IsAnswered => _disposed.IsCancellationRequested;

    /// <summary>Whether its callback counts as use of the grain.</summary>
    internal bool KeepsAlive => _keepAlive;

    internal override string Description => $"timer of {_activation}";

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, nameof(dueTime));
        Check(period, nameof(period));
        lock (_gate)
        {
            _changed = true;
            _dueTime = dueTime;
            _period = period;
            if (!_firing && !_disposed.IsCancellationRequested)
            {
                _clock.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed.IsCancellationRequested)
            {
                return;
            }

            _clock.Dispose();
        }

        _activation.RemoveTimer(this);
        _disposed.Cancel();
    }

    internal override void Start(Activation activation)
    {
        _changed = false;
        try
        {
            _callback = InvokeAsync(_disposed.Token);
        }
        catch (Exception exception)
        {
            _callback = Task.FromException(exception);
        }

        if (_callback.IsCompleted)
        {
            Finish();
        }
        else
        {
            _callback.GetAwaiter().UnsafeOnCompleted(Finish);
        }
    }

    protected abstract Task InvokeAsync(CancellationToken disposed);

    private static void Check(TimeSpan time, string name)
    {
        const long LongestMilliseconds = 0xfffffffe;
        ArgumentOutOfRangeException.ThrowIfLessThan((long)time.TotalMilliseconds, -1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)time.TotalMilliseconds, LongestMilliseconds, name);
    }

    private void Fire()
    {
        lock (_gate)
        {
            if (_firing || _disposed.IsCancellationRequested)
            {
                return;
            }

            _firing = true;
        }

        _activation.Push(this);
    }

    private void Finish()
    {
        _activation.Completed(this);
        if (_callback.Exception is { } faults && !_disposed.IsCancellationRequested)
        {
            Log.TimerFailed(_activation.Silo.Logger, _activation, faults.InnerException ?? faults);
        }

        lock (_gate)
        {
            _firing = false;
            if (!_disposed.IsCancellationRequested)
            {
                _clock.Change(_changed ? _dueTime : _period, Timeout.InfiniteTimeSpan);
            }
        }
    }
}

/// <summary>A timer whose callback takes a state.</summary>
internal sealed class GrainTimer<TState>(
    Activation activation, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    : GrainTimer(activation, options)
{
    protected override Task InvokeAsync(CancellationToken disposed) => callback(state, disposed);
}
