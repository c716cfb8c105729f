using Orleans;
using Orleans.Runtime;

namespace Kthena.Conformance;

public interface IReminded : IGrainWithStringKey
{
    Task Remind(string name, TimeSpan due, TimeSpan period);

    Task End(string name);

    Task EndTwice(string name);

    Task EndAfterSettingAnew(string name);

    Task<string> Names();

    Task<string?> Find(string name);

    Task RemindThenLeave(string name, TimeSpan due);

    Task Fail(string name);
}

/// <summary>Notes its ticks under its key.</summary>
public sealed class RemindedGrain : Grain, IReminded, IRemindable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private string? _me;
    private int _generation;
    private string? _failing;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _me = this.GetPrimaryKeyString();
        Signals.Note(_me, "activated");
        _generation = Signals.Notes(_me).Count(line => line == "activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Set($"{_me}/deactivated/{_generation}");
        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var late = status.CurrentTickTime >= status.FirstTickTime && status.FirstTickTime.Kind == DateTimeKind.Utc;
        Signals.Note(_me!, $"{reminderName} every {status.Period} in {_generation}{(late ? string.Empty : " too early")}");
        var ticks = Signals.Notes(_me!).Count(line => line.StartsWith(reminderName, StringComparison.Ordinal));
        Signals.Set($"{_me}/{reminderName}/{ticks}");
        return reminderName == _failing ? throw new BoundaryException("a tick that fails", 3) : Task.CompletedTask;
    }

    public Task Remind(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task End(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task EndTwice(string name)
    {
        var reminder = (await this.GetReminder(name))!;
        await this.UnregisterReminder(reminder);
        await this.UnregisterReminder(reminder);
    }

    public async Task EndAfterSettingAnew(string name)
    {
        var old = await this.RegisterOrUpdateReminder(name, Minute, Minute);
        await this.RegisterOrUpdateReminder(name, Minute, Minute);
        await this.UnregisterReminder(old);
    }

    public async Task<string> Names() =>
        string.Join(' ', (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order(StringComparer.Ordinal));

    public async Task<string?> Find(string name) => (await this.GetReminder(name))?.ReminderName;

    public async Task RemindThenLeave(string name, TimeSpan due)
    {
        await Remind(name, due, Minute);
        DeactivateOnIdle();
    }

    public Task Fail(string name)
    {
        _failing = name;
        return Remind(name, TimeSpan.FromMilliseconds(50), Minute);
    }
}

public interface IForgetful : IGrainWithStringKey
{
    Task Remind();
}

/// <summary>Asks for a reminder without being able to hear it.</summary>
public sealed class ForgetfulGrain : Grain, IForgetful
{
    public Task Remind() => this.RegisterOrUpdateReminder("never", TimeSpan.Zero, TimeSpan.FromMinutes(1));
}
