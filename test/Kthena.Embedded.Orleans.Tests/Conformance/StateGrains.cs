using System.Collections.Immutable;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Conformance;

[GenerateSerializer]
[Alias("kthena.test.Counter")]
public sealed class Counter
{
    [Id(0)]
    public int Value { get; set; }

    [Id(1)]
    public ImmutableArray<string> Names { get; set; } = [];
}

public interface IStored : IGrainWithStringKey
{
    Task<int> Value();

    Task<string> Describe();

    Task Write(int value);

    Task SetOnly(int value);

    Task Read();

    Task Clear();

    Task WriteOther(int value);

    Task<int> OtherValue();

    Task DeactivateAfterThis();
}

public sealed class StoredGrain(
    [PersistentState("counter")] IPersistentState<Counter> counter,
    [PersistentState("other-counter", "other")] IPersistentState<Counter> other,
    IGrainFactory grains) : Grain, IStored
{
    public Task<int> Value() => Task.FromResult(counter.State.Value);

    public Task<string> Describe() => Task.FromResult(
        $"{counter.RecordExists} {counter.Etag is not null} {string.Join('+', counter.State.Names)} {grains is not null}");

    public async Task Write(int value)
    {
        counter.State.Value = value;
        counter.State.Names = ["a", "b"];
        await counter.WriteStateAsync();
    }

    public Task SetOnly(int value)
    {
        counter.State.Value = value;
        return Task.CompletedTask;
    }

    public Task Read() => counter.ReadStateAsync();

    public Task Clear() => counter.ClearStateAsync();

    public async Task WriteOther(int value)
    {
        other.State.Value = value;
        await other.WriteStateAsync();
    }

    public Task<int> OtherValue() => Task.FromResult(other.State.Value);

    public Task DeactivateAfterThis()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IRival : IGrainWithStringKey
{
    Task<int> WriteFirst(int value);

    Task WriteSecond(int value);
}

/// <summary>Two writers of one record in one grain.</summary>
public sealed class RivalGrain(
    [PersistentState("same")] IPersistentState<Counter> first,
    [PersistentState("same")] IPersistentState<Counter> second) : Grain, IRival
{
    public async Task<int> WriteFirst(int value)
    {
        var before = first.State.Value;
        first.State.Value = value;
        await first.WriteStateAsync();
        return before;
    }

    public async Task WriteSecond(int value)
    {
        second.State.Value = value;
        await second.WriteStateAsync();
    }
}

public interface IMisplaced : IGrainWithStringKey
{
    Task Call();
}

public sealed class MisplacedGrain([PersistentState("x", "nowhere")] IPersistentState<Counter> state) : Grain, IMisplaced
{
    public Task Call() => state.ReadStateAsync();
}
