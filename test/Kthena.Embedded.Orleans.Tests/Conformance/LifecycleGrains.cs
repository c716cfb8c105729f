using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Kthena.Conformance;

public interface ILifecycle : IGrainWithStringKey
{
    Task<int> Generation();

    Task Plain(string gate);

    Task DeactivateAfterThis();

    Task DelayThenDeactivate(TimeSpan delay);
}

/// <summary>Notes its activations and deactivations under its key.</summary>
public sealed class LifecycleGrain : Grain, ILifecycle, IDisposable
{
    private int _generation;
    private string? _me;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _me = this.GetPrimaryKeyString();
        await Task.Yield();
        Signals.Note(_me, "activated");
        _generation = Signals.Notes(_me).Count(line => line == "activated");
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Signals.Note(_me!, $"deactivated {reason.ReasonCode}");
        Signals.Set($"{_me}/deactivated/{_generation}");
    }

    public Task<int> Generation() => Task.FromResult(_generation);

    public async Task Plain(string gate)
    {
        Signals.Set($"{_me}/{gate}/started");
        await Signals.Wait($"{_me}/{gate}");
        Signals.Note(_me!, $"{gate} ends in {_generation}");
    }

    public Task DeactivateAfterThis()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task DelayThenDeactivate(TimeSpan delay)
    {
        DelayDeactivation(delay);
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        Signals.Note(_me!, "disposed");
        Signals.Set($"{_me}/disposed/{_generation}");
    }
}

public interface IFailing : IGrainWithStringKey
{
    Task<int> Attempts();
}

/// <summary>Fails to activate until its key's signal "key/heal" is set.</summary>
public sealed class FailingGrain : Grain, IFailing
{
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var me = this.GetPrimaryKeyString();
        Signals.Note(me, "attempt");
        await Task.Yield();
        if (!Signals.IsSet($"{me}/heal"))
        {
            throw new BoundaryException("not yet", 7);
        }
    }

    public Task<int> Attempts() => Task.FromResult(Signals.Notes(this.GetPrimaryKeyString()).Length);
}

public interface ITimers : IGrainWithStringKey
{
    Task Start(bool interleave);

    Task StartOnce();

    Task StartFailing();

    Task StartAndHold(string gate, bool interleave);

    Task StartNever();

    Task StartSettingItself(int ticks);

    Task StartHolding(string gate);

    [AlwaysInterleave]
    Task Set(TimeSpan dueTime, TimeSpan period);

    Task Stop();

    [AlwaysInterleave]
    Task<int> Ticks();
}

public sealed class TimersGrain : Grain, ITimers
{
    private readonly TimeSpan _soon = TimeSpan.FromMilliseconds(5);
    private IGrainTimer? _timer;
    private int _ticks;

    private string Me => this.GetPrimaryKeyString();

    public Task Start(bool interleave)
    {
        _timer = this.RegisterGrainTimer(
            static (self, _) => self.Tick(), this, new GrainTimerCreationOptions(_soon, _soon) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task StartOnce()
    {
        _timer = this.RegisterGrainTimer(_ => Tick(), new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public Task StartFailing()
    {
        _timer = this.RegisterGrainTimer(
            async _ =>
            {
                await Tick();
                throw new InvalidOperationException("a tick that fails");
            },
            new GrainTimerCreationOptions { DueTime = _soon, Period = _soon });
        return Task.CompletedTask;
    }

    public async Task StartAndHold(string gate, bool interleave)
    {
        await Start(interleave);
        Signals.Set($"{Me}/{gate}/started");
        await Signals.Wait($"{Me}/{gate}");
    }

    public Task StartNever()
    {
        _timer = this.RegisterGrainTimer(_ => Tick(), new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public Task StartSettingItself(int ticks)
    {
        _timer = this.RegisterGrainTimer(
            async _ =>
            {
                if (_ticks + 1 < ticks)
                {
                    _timer!.Change(_soon, Timeout.InfiniteTimeSpan);
                }

                await Tick();
            },
            new GrainTimerCreationOptions(_soon, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public Task StartHolding(string gate)
    {
        _timer = this.RegisterGrainTimer(
            async _ =>
            {
                Signals.Set($"{Me}/{gate}/started");
                await Signals.Wait($"{Me}/{gate}");
                await Tick();
            },
            new GrainTimerCreationOptions(_soon, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public Task Set(TimeSpan dueTime, TimeSpan period)
    {
        _timer!.Change(dueTime, period);
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task<int> Ticks() => Task.FromResult(_ticks);

    private async Task Tick()
    {
        await Task.Yield();
        _ticks++;
        Signals.Note(Me, "tick");
        Signals.Set($"{Me}/tick/{_ticks}");
    }
}

public interface INewsObserver : IGrainObserver
{
    void Heard(string news);

    Task<int> Asked(int number);
}

public interface INewsGrain : IGrainWithStringKey
{
    Task Tell(INewsObserver observer, string news);

    Task<int> Ask(INewsObserver observer, int number);
}

public sealed class NewsGrain : Grain, INewsGrain
{
    public Task Tell(INewsObserver observer, string news)
    {
        observer.Heard(news);
        return Task.CompletedTask;
    }

    public Task<int> Ask(INewsObserver observer, int number) => observer.Asked(number);
}
