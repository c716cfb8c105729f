using Kthena.Embedded.CodeGeneration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Kthena.Embedded.Runtime;

/// <summary>From the first request to the last.</summary>
internal sealed partial class Activation
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PersistentStateRecord> _records = [];
    private readonly List<GrainTimer> _timers = [];
    private AsyncServiceScope? _scope;
    private ITimer? _patience;
    private Deactivation? _deactivation;
    private volatile Stage _stage;
    private volatile bool _sweepAsked;
    private volatile bool _outOfPatience;
    private long _notIdleBefore;

    private enum Stage
    {
        Created,
        Activating,
        Valid,
        Deactivating,
        Gone,
    }

    private sealed record Deactivation(DeactivationReason Reason, CancellationToken Cancellation);

    public object? GrainInstance => Instance;

    public IServiceProvider ActivationServices => _scope?.ServiceProvider ?? Silo.Services;

    public Task Deactivated => _gone.Task;

    public bool IsGone => _stage == Stage.Gone;

    public bool IsValid => _stage == Stage.Valid;

    /// <summary>Quanta of the idle collector since something ran here.</summary>
    internal int IdleQuanta { get; set; }

    internal bool MayBeCollected => _notIdleBefore <= Silo.Time.GetUtcNow().UtcTicks;

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        if (Interlocked.CompareExchange(ref _deactivation, new Deactivation(deactivationReason, cancellationToken), null) is null)
        {
            Signal();
        }
    }

    public void DelayDeactivation(TimeSpan time) =>
        _notIdleBefore = time <= TimeSpan.Zero ? 0
            : time >= DateTimeOffset.MaxValue - Silo.Time.GetUtcNow() ? long.MaxValue
            : (Silo.Time.GetUtcNow() + time).UtcTicks;

    public void AddRecord(PersistentStateRecord record) => _records.Add(record);

    public GrainTimer RegisterTimer(GrainTimer timer, GrainTimerCreationOptions options)
    {
        if (!ReferenceEquals(Running, this))
        {
            timer.Dispose();
            throw new InvalidOperationException(
                $"A timer of grain {this} was registered outside its turns. Register it before leaving the grain's scheduler.");
        }

        lock (_timers)
        {
            _timers.Add(timer);
        }

        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void RemoveTimer(GrainTimer timer)
    {
        lock (_timers)
        {
            _timers.Remove(timer);
        }
    }

    /// <summary>Asks for <see cref="ExpireCalls"/>; false if the last such wish has not been met, because a turn blocks.</summary>
    internal bool AskForSweep()
    {
        if (_sweepAsked)
        {
            return false;
        }

        _sweepAsked = true;
        Signal();
        return true;
    }

    internal void LogUnobserved(GrainCall call, Exception exception) =>
        Log.FaultWithoutCaller(Silo.Logger, call.Description, exception);

    /// <summary>An activation that has lost a race for its record starts anew from what is stored.</summary>
    internal void Observe(Exception exception)
    {
        if (exception is InconsistentStateException { IsSourceActivation: true } inconsistent)
        {
            inconsistent.IsSourceActivation = false;
            Deactivate(new DeactivationReason(
                DeactivationReasonCode.ApplicationError, exception, "The stored state was changed by another writer."));
        }
    }

    /// <summary>Takes the next step that is due. Runs in a turn, inside a task of this scheduler.</summary>
    private void MoveLifecycle()
    {
        if (_stage == Stage.Created)
        {
            _stage = Stage.Activating;
            _ = ActivateAsync();
        }

        if (_deactivation is null || _stage != Stage.Valid)
        {
            return;
        }

        if (_running.Count == 0 || _outOfPatience)
        {
            _stage = Stage.Deactivating;
            _ = DeactivateAsync(_deactivation);
        }
        else
        {
            _patience ??= Detached.CreateTimer(
                Silo.Time, static activation => ((Activation)activation!).LosePatience(), this, Silo.DeactivationTimeout);
        }
    }

    private void LosePatience()
    {
        _outOfPatience = true;
        Signal();
    }

    private async Task ActivateAsync()
    {
        try
        {
            if (Instance is null)
            {
                _scope = Silo.Services.CreateAsyncScope();
                _instance = Class.Create(ActivationServices);
            }

            if (_records.Count > 0 || Class.HasOnActivate)
            {
                using var limit = new CancellationTokenSource(Silo.ActivationTimeout, Silo.Time);
                foreach (var record in _records)
                {
                    await record.ReadStateAsync().WaitAsync(limit.Token);
                }

                if (Instance is IGrainBase grain)
                {
                    await grain.OnActivateAsync(limit.Token).WaitAsync(limit.Token);
                }
            }

            _stage = Stage.Valid;
        }
        catch (Exception exception)
        {
            Log.ActivationFailed(Silo.Logger, this, exception);
            await EndAsync(exception);
        }

        _pumpNeeded = true;
    }

    private async Task DeactivateAsync(Deactivation deactivation)
    {
        DisposeTimers();
        try
        {
            if (Class.HasOnDeactivate && Instance is IGrainBase grain)
            {
                using var limit = new CancellationTokenSource(Silo.DeactivationTimeout, Silo.Time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, deactivation.Cancellation);
                await grain.OnDeactivateAsync(deactivation.Reason, either.Token).WaitAsync(either.Token);
            }
        }
        catch (Exception exception)
        {
            Log.DeactivationFailed(Silo.Logger, this, exception);
        }

        await EndAsync(null);
        _pumpNeeded = true;
    }

    /// <summary>Leaves the directory, gives up what the grain held, and hands on or fails the calls that still wait.</summary>
    private async Task EndAsync(Exception? failure)
    {
        DisposeTimers();
        _patience?.Dispose();
        try
        {
            switch (Instance)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }

            if (_scope is { } scope)
            {
                await scope.DisposeAsync();
            }
        }
        catch (Exception exception)
        {
            Log.DeactivationFailed(Silo.Logger, this, exception);
        }

        Class.Forget(this);
        Silo.Network?.Ended(this);
        _stage = Stage.Gone;
        while (_waiting.First is { } request)
        {
            StopWaiting(request);
            if (failure is null)
            {
                PassOn(request);
            }
            else if (request is GrainCall call)
            {
                call.TryFail(failure);
            }
        }

        _gone.TrySetResult();
    }

    private void DisposeTimers()
    {
        GrainTimer[] timers;
        lock (_timers)
        {
            timers = [.. _timers];
        }

        foreach (var timer in timers)
        {
            timer.Dispose();
        }
    }

    private static void PassOn(GrainRequest request)
    {
        if (request is GrainCall { IsAnswered: false } call)
        {
            call.Target!.Forward(call);
        }
    }
}
