using System.Globalization;
using Kthena.Embedded.Storage.Tests.Writing;

namespace Kthena.Embedded.Storage.Tests.Silo;

/// <summary>Eight grains that write their state, each as fast as it is acknowledged.</summary>
internal sealed class GrainWriter(StoringSilo silo) : IWriter
{
    private const int Grains = 8;

    private static IEnumerable<string> Keys => Enumerable.Range(0, Grains).Select(static index => string.Create(CultureInfo.InvariantCulture, $"grain-{index}"));

    public static async Task<IWriter> OpenAsync(string folder) => new GrainWriter(await StoringSilo.StartAsync(folder));

    public async Task TellAsync(Report report)
    {
        foreach (string key in Keys)
        {
            LedgerState state = await silo.Grains.GetGrain<ILedger>(key).Read();
            if (state.Number > 0 && state.Text != Content.Of(key, state.Number))
                report.Torn($"{key} has the text of another number than {state.Number}");
            report.Found(key, state.Number);
        }
    }

    public IEnumerable<Task> Write(Report report) => Keys.Select(async key =>
    {
        ILedger ledger = silo.Grains.GetGrain<ILedger>(key);
        while (true)
            report.Acknowledged(key, await ledger.Next());
    });

    public ValueTask DisposeAsync() => silo.DisposeAsync();
}
