using System.Collections.Immutable;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.LeaderWorkerSets;

/// <summary>What is to be done for one LeaderWorkerSet.</summary>
public sealed record LeaderWorkerSetPlan
{
    /// <summary>The writes, in order; a failed one ends the list.</summary>
    public ImmutableArray<ClusterWrite> Writes { get; init; } = [];

    /// <summary>What the writes make of the ModelServing; null when they leave it alone.</summary>
    public TranslationWrite? Written { get; init; }

    /// <summary>The reasons in one line.</summary>
    public string Why { get; init; } = "";

    /// <summary>When to look again although nothing changed; null for never.</summary>
    public TimeSpan? RequeueAfter { get; init; }

    /// <summary>Whether the status is written.</summary>
    public bool WritesStatus => Writes.Any(static write => write is PatchObject { Subresource: "status" });

    /// <summary>The plan in one line.</summary>
    public override string ToString() => PlanText.Of(Writes);
}
