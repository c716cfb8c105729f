using System.Collections.Immutable;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>What is to be done for one role instance.</summary>
/// <param name="Summary">What the instance tells its group.</param>
public sealed record RolePlan(RoleSummary Summary)
{
    /// <summary>The writes, in order; a failed one ends the list.</summary>
    public ImmutableArray<ClusterWrite> Writes { get; init; } = [];

    /// <summary>Whether a plugin failed; then no pod is made.</summary>
    public bool HasPluginFailed { get; init; }

    /// <summary>When to look again although nothing changed; null for never.</summary>
    public TimeSpan? RequeueAfter { get; init; }

    /// <summary>The plan in one line.</summary>
    public override string ToString() => $"{Summary.Phase}: {PlanText.Of(Writes)}";
}
