using Orleans;
using Orleans.Concurrency;

namespace Kthena.Simulation.Bank;

/// <summary>An account: money moves between accounts and is never made or lost.</summary>
public interface IAccount : IGrainWithStringKey
{
    /// <summary>Sends money to another account. The same operation asked again is the same transfer.</summary>
    [ResponseTimeout("00:00:05")]
    Task Transfer(string operation, string to, int amount);

    /// <summary>Takes money, once for each operation.</summary>
    [ResponseTimeout("00:00:02")]
    Task Deposit(string operation, int amount);

    /// <summary>The balance, what has left and not arrived, and the number of the last change.</summary>
    [ResponseTimeout("00:00:05")]
    Task<AccountReport> Report();
}

/// <summary>Hears of every change of some accounts.</summary>
public interface IAudit : IGrainWithStringKey
{
    /// <summary>Tells an account's balance as of a change.</summary>
    [OneWay]
    Task Changed(string account, int number, int balance);

    /// <summary>What was heard last of an account.</summary>
    [ResponseTimeout("00:00:05")]
    Task<AuditRecord> Heard(string account);
}

/// <summary>An account's state.</summary>
[GenerateSerializer, Immutable, Alias("kthena.sim.AccountReport")]
public sealed record AccountReport([property: Id(0)] int Balance, [property: Id(1)] int Pending, [property: Id(2)] int Number);

/// <summary>What an audit knows of an account.</summary>
[GenerateSerializer, Immutable, Alias("kthena.sim.AuditRecord")]
public sealed record AuditRecord([property: Id(0)] int Number, [property: Id(1)] int Balance);
