using System.Collections.Immutable;
using Kthena.Model.Resources;

namespace Kthena.Planning.LeaderWorkerSets;

/// <summary>What is seen of one LeaderWorkerSet.</summary>
/// <param name="Set">The LeaderWorkerSet.</param>
/// <param name="Serving">The ModelServing of the same name, whoever owns it; null when there is none.</param>
public sealed record LeaderWorkerSetObservation(LeaderWorkerSet Set, ModelServing? Serving)
{
    /// <summary>Whether the cluster has Volcano, so that its groups can be scheduled as gangs.</summary>
    public bool HasVolcano { get; init; }

    /// <summary>The Services that bear its name as a label.</summary>
    public ImmutableArray<Service> Services { get; init; } = [];

    /// <summary>What this process last wrote into the ModelServing; null when nothing.</summary>
    public TranslationWrite? Written { get; init; }

    /// <summary>When the status was last written; null when not since this process knows.</summary>
    public DateTimeOffset? StatusWrittenAt { get; init; }

    /// <summary>What the API server said when it last refused a write; empty when it did not.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>The observation in one line.</summary>
    public override string ToString() =>
        $"generation {Set.Metadata.Generation}, {(Serving is null ? "no ModelServing" : $"ModelServing at generation {Serving.Metadata.Generation}")}";
}

/// <summary>A write of a translation.</summary>
/// <param name="Hash">The translation.</param>
/// <param name="Generation">The ModelServing's generation before it; 0 when it was created.</param>
public sealed record TranslationWrite(string Hash, long Generation);
