using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>One group, classified.</summary>
/// <param name="Child">What is known of it.</param>
/// <param name="Revision">Its own revision; empty when nothing tells.</param>
/// <param name="Phase">Where it stands.</param>
internal sealed record GroupView(GroupChild Child, string Revision, GroupPhase Phase)
{
    public int Ordinal => Child.Summary.Ordinal;

    public bool IsRunning => Phase == GroupPhase.Running;

    public bool IsDeleting => Phase == GroupPhase.Deleting;

    public long DeletionCost => Child.Summary.Roles.Sum(static role => role.DeletionCost);

    public IEnumerable<string> PodUids => Child.Summary.Roles.SelectMany(static role => role.PodUids);
}

/// <summary>One look at a ModelServing: its groups classified, the recorded steps, and what follows from them.</summary>
internal sealed class ServingLook
{
    private readonly HashSet<int> _protected;

    public ServingLook(ServingObservation observed)
    {
        Observed = observed;
        Recorded = OperationsAnnotation.Read(observed.Serving.Metadata.Annotations);
        ImmutableArray<GroupChild> existing = [.. observed.Groups.Where(Exists)];
        var byOrdinal = existing.ToDictionary(static child => child.Summary.Ordinal);
        UnderWay =
        [
            .. Recorded
                .Select(operation => operation with { Victims = [.. operation.Victims.Select(victim => Left(victim, byOrdinal)).OfType<OperationVictim>()] })
                .Where(static operation => operation.Victims.Length > 0),
        ];
        var leaving = Victims(UnderWay).Where(static victim => victim.Role is null).Select(static victim => victim.Group).ToHashSet();
        Groups = [.. existing.Select(child => View(child, leaving.Contains(child.Summary.Ordinal)))];
        Staying = [.. Groups.Where(static group => !group.IsDeleting)];
        _protected = [.. Groups.Take(Partition).Select(static group => group.Ordinal)];
    }

    public ServingObservation Observed { get; }

    public ModelServingSpec Spec => Observed.Serving.Spec;

    public RevisionSet Revisions => Observed.Revisions;

    /// <summary>The steps that the annotation holds.</summary>
    public ImmutableArray<Operation> Recorded { get; }

    /// <summary>The recorded steps as they should stand now: without the victims that are gone, with pods that came late.</summary>
    public ImmutableArray<Operation> UnderWay { get; }

    /// <summary>The groups that exist, ascending by ordinal.</summary>
    public ImmutableArray<GroupView> Groups { get; }

    /// <summary>Those that no recorded step takes away.</summary>
    public ImmutableArray<GroupView> Staying { get; }

    /// <summary>How many groups, from the lowest ordinal on, stay at the current revision.</summary>
    public int Partition => Math.Max(0, Spec.RolloutStrategy.Partition?.Resolve(Spec.Replicas, roundUp: true) ?? 0);

    /// <summary>How many groups a rollout may make unavailable; never 0, or a rollout would stand still without a word.</summary>
    public int MaxUnavailable => Math.Max(1, Spec.RolloutStrategy.MaxUnavailable.Resolve(Spec.Replicas, roundUp: false));

    /// <summary>Whether the partition protects a group: the first ones by position.</summary>
    public bool IsProtected(GroupView group) => _protected.Contains(group.Ordinal);

    public static IEnumerable<OperationVictim> Victims(IEnumerable<Operation> operations) =>
        operations.SelectMany(static operation => operation.Victims);

    private static bool Exists(GroupChild child) => child.Summary.Exists || child.Assigned is { IsDeleting: false };

    private GroupView View(GroupChild child, bool isLeaving)
    {
        string revision = RevisionOf(child);
        return new GroupView(child, revision, GroupPhases.Of(child.Summary, isLeaving, Revisions.RolesOf(revision)));
    }

    /// <summary>
    /// The revision that most role instances with pods are labelled with; of equally many the first in ordinal order. A
    /// group without pods is built at the update revision unless it was told another.
    /// </summary>
    private string RevisionOf(GroupChild child) =>
        child.Summary.Roles
            .Where(static role => role.PodUids.Length > 0 && role.Revision.Length > 0)
            .GroupBy(static role => role.Revision, StringComparer.Ordinal)
            .OrderByDescending(static revision => revision.Count())
            .ThenBy(static revision => revision.Key, StringComparer.Ordinal)
            .FirstOrDefault()?.Key
        ?? child.Assigned?.Revision
        ?? Revisions.Update;

    /// <summary>What is left of a victim; null when it is gone and its part of the step over.</summary>
    private static OperationVictim? Left(OperationVictim victim, Dictionary<int, GroupChild> existing)
    {
        if (!existing.TryGetValue(victim.Group, out GroupChild? child))
            return null;
        ImmutableArray<RoleSummary> roles =
        [
            .. child.Summary.Roles.Where(role =>
                victim.Role is null || (victim.Role == role.Role && victim.Ordinal == role.Ordinal && role.Exists)),
        ];
        if (victim.Role is not null && roles.Length == 0)
            return null;
        // A pod that came to be while the step was being recorded is recorded too before it is deleted. Ending the step
        // instead would heal the group at the old revision, only to take it away again.
        ImmutableArray<string> late = [.. roles.SelectMany(static role => role.PodUids).Except(victim.Uids, StringComparer.Ordinal)];
        return late.Length == 0 ? victim : victim with { Uids = [.. victim.Uids.Concat(late).Order(StringComparer.Ordinal)] };
    }
}
