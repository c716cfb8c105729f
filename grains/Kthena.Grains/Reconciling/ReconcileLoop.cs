using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Kthena.Grains.Reconciling;

/// <summary>
/// Runs a shell's reconcile in turns of its own: once for any number of reasons, never two at a time, not before the facts
/// are new enough, and again after a failure with growing pauses.
/// </summary>
internal sealed partial class ReconcileLoop
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastGatePause = TimeSpan.FromSeconds(1);

    private readonly Func<CancellationToken, Task<TimeSpan?>> _reconcile;
    private readonly CacheGate _gate;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _name;
    private readonly IGrainTimer _timer;
    private DateTimeOffset? _due;
    private int _failures;
    private int _closedLooks;

    /// <summary>Creates a loop; nothing runs before it is armed.</summary>
    /// <param name="grain">The shell.</param>
    /// <param name="name">The shell in logs.</param>
    /// <param name="reconcile">One reconcile; returns when to come again without a reason, or null.</param>
    /// <param name="gate">Says whether the facts are new enough.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where failures go.</param>
    public ReconcileLoop(
        IGrainBase grain, string name, Func<CancellationToken, Task<TimeSpan?>> reconcile, CacheGate gate, TimeProvider time, ILogger logger)
    {
        _reconcile = reconcile;
        _gate = gate;
        _time = time;
        _logger = logger;
        _name = name;
        _timer = grain.RegisterGrainTimer(
            TickAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
    }

    /// <summary>Reconciles in the next turn.</summary>
    public void Arm() => Arm(TimeSpan.Zero);

    /// <summary>Reconciles after a while; an earlier appointment stands.</summary>
    /// <param name="delay">How long from now.</param>
    public void Arm(TimeSpan delay)
    {
        DateTimeOffset due = _time.GetUtcNow() + delay;
        if (_due <= due)
            return;
        _due = due;
        _timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private async Task TickAsync(CancellationToken cancellation)
    {
        _due = null;
        if (!_gate.IsOpen)
        {
            Arm(Pause(_closedLooks++, LastGatePause));
            return;
        }
        _closedLooks = 0;
        try
        {
            TimeSpan? again = await _reconcile(cancellation);
            _failures = 0;
            if (again is { } delay)
                Arm(delay);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            TimeSpan pause = Pause(_failures++, LastPause);
            LogFailed(_name, pause.TotalSeconds, exception);
            Arm(pause);
        }
    }

    private static TimeSpan Pause(int before, TimeSpan longest)
    {
        TimeSpan pause = FirstPause * Math.Pow(2, Math.Min(before, 16));
        return pause < longest ? pause : longest;
    }

    [LoggerMessage(EventId = 4001, Level = LogLevel.Error, Message = "Reconciling {Name} failed, again in {DelaySeconds:0.##} s")]
    private partial void LogFailed(string name, double delaySeconds, Exception exception);
}
