using Kthena.Conformance;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Kthena.Embedded.Tests;

public interface ITimed : IGrainWithStringKey
{
    Task Touch();

    Task Hold();

    [AlwaysInterleave]
    Task Probe();

    Task BlockThread();

    Task Delay(TimeSpan time);

    Task StartTimer(TimeSpan period, bool keepAlive);

    Task HangWhenDeactivated();
}

/// <summary>Notes its deactivation under its key.</summary>
public class TimedCode : Grain
{
    private bool _hang;

    private string Me => this.GetPrimaryKeyString();

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Note(Me, reason.ReasonCode.ToString());
        Signals.Set($"{Me}/gone");
        if (_hang)
        {
            await new TaskCompletionSource().Task;
        }
    }

    public Task Touch() => Task.CompletedTask;

    public Task Hold()
    {
        Signals.Set($"{Me}/held");
        return Signals.Wait($"{Me}/release");
    }

    public Task Probe() => Task.CompletedTask;

    public Task BlockThread()
    {
        Signals.Set($"{Me}/blocked");
        Signals.Wait($"{Me}/release").GetAwaiter().GetResult();
        return Task.CompletedTask;
    }

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task StartTimer(TimeSpan period, bool keepAlive)
    {
        var ticks = 0;
        this.RegisterGrainTimer(
            _ =>
            {
                Signals.Set($"{Me}/tick/{++ticks}");
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(period, period) { KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task HangWhenDeactivated()
    {
        _hang = true;
        return Task.CompletedTask;
    }
}

public sealed class TimedGrain : TimedCode, ITimed;

public interface IKeptTimed : IGrainWithStringKey
{
    Task Touch();
}

[KeepAlive]
public sealed class KeptTimedGrain : TimedCode, IKeptTimed;
