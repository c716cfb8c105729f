namespace Kthena.Simulation.Bank;

/// <summary>An account as it is stored.</summary>
public sealed class AccountState
{
    public int Balance { get; set; } = BankRun.FirstBalance;

    /// <summary>How many changes there were.</summary>
    public int Number { get; set; }

    /// <summary>The operations that have arrived here.</summary>
    public List<string> Taken { get; set; } = [];

    /// <summary>The operations that began here.</summary>
    public List<string> Sent { get; set; } = [];

    /// <summary>What has left and is not known to have arrived.</summary>
    public List<Parcel> Outbox { get; set; } = [];
}

/// <summary>Money on its way.</summary>
public sealed record Parcel(string Operation, string To, int Amount);
