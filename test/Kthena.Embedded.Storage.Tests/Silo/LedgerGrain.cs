using Kthena.Embedded.Storage.Tests.Writing;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Embedded.Storage.Tests.Silo;

/// <summary>Writes a number, greater by one each time, with a text that follows from it.</summary>
public interface ILedger : IGrainWithStringKey
{
    /// <summary>Stores the next number.</summary>
    Task<long> Next();

    /// <summary>What was stored last.</summary>
    Task<LedgerState> Read();
}

/// <summary>The state: its text belongs to its number, or it is torn.</summary>
[GenerateSerializer, Immutable, Alias("kthena.test.LedgerState")]
public sealed class LedgerState
{
    /// <summary>How many times it was written.</summary>
    [Id(0)]
    public long Number { get; init; }

    /// <summary>What <see cref="Content.Of"/> says of the number.</summary>
    [Id(1)]
    public string Text { get; init; } = "";
}

/// <summary>The grain.</summary>
public sealed class LedgerGrain([PersistentState("ledger")] IPersistentState<LedgerState> ledger) : Grain, ILedger
{
    /// <inheritdoc/>
    public async Task<long> Next()
    {
        long number = ledger.State.Number + 1;
        ledger.State = new LedgerState { Number = number, Text = Content.Of(this.GetPrimaryKeyString(), number) };
        await ledger.WriteStateAsync();
        return number;
    }

    /// <inheritdoc/>
    public Task<LedgerState> Read() => Task.FromResult(ledger.State);
}
