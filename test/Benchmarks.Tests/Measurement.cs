namespace Kthena.Benchmarks.Tests;

/// <summary>What was measured, once for all tests.</summary>
public sealed class Measurement : IAsyncLifetime
{
    /// <summary>Bytes by operation.</summary>
    internal SortedDictionary<string, long> Bytes { get; private set; } = [];

    /// <inheritdoc/>
    public async Task InitializeAsync() => Bytes = await Budgets.MeasureAsync();

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;
}
