using Kthena.Embedded.Runtime;

namespace Kthena.Embedded.Simulation;

/// <summary>One silo's way to the records that all silos share: a write takes a while before and after it is stored.</summary>
internal sealed class SimulatedStateStorage(MemoryStateStorage records, DeterministicDriver driver, SimulatedProcess process) : IStateStorage
{
    private const int DelayMaxMilliseconds = 3;

    public StoredState? Read(StateId id) => records.Read(id);

    public IReadOnlyList<(StateId Id, StoredState State)> List(string namePrefix) => records.List(namePrefix);

    public async Task<string> WriteAsync(StateId id, ReadOnlyMemory<byte> json, string? etag)
    {
        await PassAsync();
        var version = await records.WriteAsync(id, json, etag);
        await PassAsync();
        return version;
    }

    public async Task ClearAsync(StateId id, string? etag)
    {
        await PassAsync();
        await records.ClearAsync(id, etag);
        await PassAsync();
    }

    private Task PassAsync() => Task.Delay(TimeSpan.FromMilliseconds(driver.Chance.Next(DelayMaxMilliseconds + 1)), process.Time);
}
