using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>What a ModelServing knows of one of its groups.</summary>
/// <param name="Summary">What the group last told.</param>
/// <param name="Assigned">What it was last told to be; null when this ModelServing did not tell it yet.</param>
public sealed record GroupChild(GroupSummary Summary, GroupAssignment? Assigned);

/// <summary>What is seen of one ModelServing.</summary>
public sealed record ServingObservation
{
    /// <summary>Makes an observation; the order of the groups does not matter.</summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="revisions">Its revisions.</param>
    /// <param name="groups">Its groups.</param>
    public ServingObservation(ModelServing serving, RevisionSet revisions, IEnumerable<GroupChild> groups)
    {
        Serving = serving;
        Revisions = revisions;
        Groups = [.. groups.OrderBy(static group => group.Summary.Ordinal)];
    }

    /// <summary>The ModelServing.</summary>
    public ModelServing Serving { get; }

    /// <summary>Its revisions.</summary>
    public RevisionSet Revisions { get; }

    /// <summary>Its groups, ascending by ordinal.</summary>
    public ImmutableArray<GroupChild> Groups { get; }

    /// <summary>
    /// Whether all that is said of the groups was seen with caches as new as the recorded steps follow from. Where it was not, a
    /// group that is gone may stand among those that serve, and no step is begun or ended.
    /// </summary>
    public bool IsAsNewAsTheRecord { get; init; } = true;

    /// <summary>How far the newest cache of pods had come that anything was seen with; 0 where that is not known.</summary>
    public long PodsSeen { get; init; }

    /// <summary>What the API server last refused of this ModelServing's own writes, and its words; empty when nothing.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>When the status was last written; null when not since this process knows.</summary>
    public DateTimeOffset? StatusWrittenAt { get; init; }

    /// <summary>Whether this process has written a whole status of this ModelServing before.</summary>
    public bool IsStatusWritten { get; init; }

    /// <summary>What the installed definition of PodGroups knows; null where Volcano is not installed.</summary>
    public PodGroupFeatures? PodGroupSupport { get; init; }

    /// <summary>The PodGroups with the ModelServing's labels, whoever owns them.</summary>
    public ImmutableArray<PodGroup> PodGroups { get; init; } = [];

    /// <summary>The observation in one line.</summary>
    public override string ToString() =>
        $"generation {Serving.Metadata.Generation}, {Serving.Spec.Replicas} wanted, {Groups.Length} known, revision {Revisions.Update}"
        + (IsAsNewAsTheRecord ? "" : ", some of it older than the recorded steps");
}
