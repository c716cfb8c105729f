using Orleans;

namespace Kthena.Simulation.Bank;

/// <summary>Messages come late and out of order: a lower number is old news.</summary>
public sealed class AuditGrain(BankRun run) : Grain, IAudit
{
    private readonly Dictionary<string, AuditRecord> _heard = [];

    public Task Changed(string account, int number, int balance)
    {
        if (_heard.TryGetValue(account, out var known) && known.Number >= number && run.Bug != Bug.AuditLastWord)
        {
            return Task.CompletedTask;
        }

        if (known is not null && known.Number > number)
        {
            run.Violated($"the audit of {account} went back from change {known.Number} to {number}");
        }

        _heard[account] = new AuditRecord(number, balance);
        return Task.CompletedTask;
    }

    public Task<AuditRecord> Heard(string account) => Task.FromResult(_heard.GetValueOrDefault(account) ?? new AuditRecord(0, 0));
}
