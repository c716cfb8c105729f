using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Definitions;

namespace Kthena.Simulation.ControlPlane;

/// <summary>
/// What an API server that serves the platform's definitions keeps after its first start: every run takes it up, for to read and
/// check the definitions costs as much as a fifth of a run.
/// </summary>
internal static class PreparedJournal
{
    private static readonly Lazy<IReadOnlyList<JournalRecord>> Prepared = new(Prepare);

    public static IReadOnlyList<JournalRecord> Records => Prepared.Value;

    private static IReadOnlyList<JournalRecord> Prepare()
    {
        var journal = new MemoryJournal();
        Task<ApiServer> start = ApiServer.StartAsync(new ApiServerOptions
        {
            Time = new Epoch(),
            Identifiers = new RandomIdentifiers(new Random(1)),
            Journal = journal,
            Definitions = ShippedDefinitions.Read(),
        });
        if (!start.IsCompleted)
            throw new InvalidOperationException("A start on a journal in memory waits for nothing.");
        start.GetAwaiter().GetResult();
        return journal.ReadAll();
    }

    /// <summary>The instant at which every simulation begins.</summary>
    private sealed class Epoch : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
