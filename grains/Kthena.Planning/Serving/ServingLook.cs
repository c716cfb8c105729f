using System.Collections.Immutable;
using System.Globalization;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>One group, classified.</summary>
/// <param name="Child">What is known of it.</param>
/// <param name="Revision">Its own revision; empty when nothing tells.</param>
/// <param name="Target">The revision that it is built and healed at; its own unless roles are replaced one by one.</param>
/// <param name="Phase">Where it stands.</param>
internal sealed record GroupView(GroupChild Child, string Revision, string Target, GroupPhase Phase)
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
    private static readonly TimeSpan DefaultDrainPeriod = TimeSpan.FromSeconds(5);

    private readonly HashSet<int> _protected;
    private readonly ILookup<int, OperationVictim> _leavingRoles;

    public ServingLook(ServingObservation observed)
    {
        Observed = observed;
        Record = StepRecord.Of(observed.Serving.Metadata.Annotations);
        Recorded = OperationsAnnotation.Read(observed.Serving.Metadata.Annotations);
        ImmutableArray<GroupChild> existing = [.. observed.Groups.Where(Exists).Select(child => UntoldInstances.Counted(child, observed.Revisions))];
        var byOrdinal = existing.ToDictionary(static child => child.Summary.Ordinal);
        UnderWay =
        [
            .. Recorded
                .Select(operation => operation with { Victims = [.. operation.Victims.Select(victim => Left(operation, victim, byOrdinal)).OfType<OperationVictim>()] })
                .Where(static operation => operation.Victims.Length > 0),
        ];
        _leavingRoles = Victims(UnderWay).Where(static victim => victim.Role is not null).ToLookup(static victim => victim.Group);
        var leaving = Victims(UnderWay).Where(static victim => victim.Role is null).Select(static victim => victim.Group).ToHashSet();
        Groups = [.. existing.Select((child, position) => View(child, leaving.Contains(child.Summary.Ordinal), position < Partition))];
        Staying = [.. Groups.Where(static group => !group.IsDeleting)];
        _protected = [.. Groups.Take(Partition).Select(static group => group.Ordinal)];
        HasBehind = Staying.Any(IsBehind);
        IsSurging = MaxSurge > 0 && (HasBehind
            || (observed.Serving.Status.CurrentRevision is { Length: > 0 } current
                && current != Revisions.Update
                && Revisions.RolesOf(current) is not null));
        Desired = WithSurge(Math.Max(0, Spec.Replicas));
    }

    public ServingObservation Observed { get; }

    public ModelServingSpec Spec => Observed.Serving.Spec;

    public RevisionSet Revisions => Observed.Revisions;

    /// <summary>The record as it stands.</summary>
    public StepRecord Record { get; }

    /// <summary>The steps that it holds.</summary>
    public ImmutableArray<Operation> Recorded { get; }

    /// <summary>The recorded steps as they should stand now: without the victims that are gone, with pods that came late.</summary>
    public ImmutableArray<Operation> UnderWay { get; }

    /// <summary>The groups that exist, ascending by ordinal.</summary>
    public ImmutableArray<GroupView> Groups { get; }

    /// <summary>Those that no recorded step takes away.</summary>
    public ImmutableArray<GroupView> Staying { get; }

    /// <summary>How many groups, from the lowest ordinal on, stay at the current revision.</summary>
    public int Partition => Math.Max(0, Spec.RolloutStrategy.Partition?.Resolve(Spec.Replicas, roundUp: true) ?? 0);

    /// <summary>Whether a rollout still has to replace something.</summary>
    public bool HasBehind { get; }

    /// <summary>How many groups a rollout may add for its time.</summary>
    public int MaxSurge => IsRoleRolling ? 0 : Math.Max(0, Spec.RolloutStrategy.MaxSurge?.Resolve(Spec.Replicas, roundUp: true) ?? 0);

    /// <summary>
    /// Whether groups above the scale are there, or may be, for a rollout. It lasts until the ordinals below the scale are
    /// all taken again; what tells of it then is the reported revision.
    /// </summary>
    public bool IsSurging { get; }

    /// <summary>How many groups are wanted now: the scale, and during a rollout up to the surge, but no more than are still to be replaced.</summary>
    public int Desired { get; }

    /// <summary>How many groups a rollout may make unavailable; without a surge never 0, or a rollout would stand still without a word.</summary>
    public int MaxUnavailable => Math.Max(MaxSurge > 0 ? 0 : 1, Spec.RolloutStrategy.MaxUnavailable.Resolve(Spec.Replicas, roundUp: false));

    /// <summary>Whether the partition protects a group: the first ones by position.</summary>
    public bool IsProtected(GroupView group) => _protected.Contains(group.Ordinal);

    /// <summary>How long a pod that serves takes no new requests before it is deleted.</summary>
    public TimeSpan DrainPeriod =>
        int.TryParse(Observed.Serving.Metadata.Annotations[ServingLabels.DrainSeconds], NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : DefaultDrainPeriod;

    /// <summary>Whether roles are replaced one by one instead of whole groups.</summary>
    public bool IsRoleRolling => Spec.RolloutStrategy.IsRoleRollingUpdate;

    /// <summary>Whether nothing is replaced for now.</summary>
    public bool IsPaused => Spec.RolloutStrategy.IsPaused == true;

    /// <summary>
    /// Whether a role instance is not what the update revision wants of its role. What its revision was counts, not the hash
    /// on its pods: that may be of another software's making. Of an unknown one nothing is said.
    /// </summary>
    /// <param name="instance">The role instance.</param>
    public bool IsOutdated(RoleSummary instance)
    {
        RoleDefinition? wanted = RoleAt(Revisions.Update, instance.Role);
        string hash = RoleAt(instance.Revision, instance.Role)?.TemplateHash ?? instance.TemplateHash;
        return wanted is null || (hash.Length > 0 && hash != wanted.TemplateHash);
    }

    /// <summary>A role at a revision; null where the revision is not known or lacks it.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="role">The role's name.</param>
    public RoleDefinition? RoleAt(string revision, string role) =>
        Revisions.RolesOf(revision)?.FirstOrDefault(definition => definition.Name == role);

    /// <summary>Whether a rollout still has to replace something of a group.</summary>
    /// <param name="group">A group that stays.</param>
    public bool IsBehind(GroupView group) => !IsProtected(group)
        && (IsRoleRolling ? RoleRollout.IsBehind(this, group) : group.Revision != Revisions.Update);

    /// <summary>The role instances of a group that recorded steps take away.</summary>
    /// <param name="group">The group.</param>
    public IEnumerable<OperationVictim> LeavingRoles(GroupView group) => _leavingRoles[group.Ordinal];

    public static IEnumerable<OperationVictim> Victims(IEnumerable<Operation> operations) =>
        operations.SelectMany(static operation => operation.Victims);

    private static bool Exists(GroupChild child) => child.Summary.Exists || child.Assigned is { IsDeleting: false };

    private int WithSurge(int replicas)
    {
        if (!IsSurging)
            return replicas;
        // A group that stands in for one that is being built stays until that one runs.
        bool hasStandIn = Groups.Length > replicas;
        int done = Groups.Count(group => group.Ordinal < replicas
            && !IsProtected(group)
            && group.Revision == Revisions.Update
            && (group.IsRunning || !hasStandIn));
        int pending = IsPaused ? Staying.Length - replicas : replicas - Math.Min(Partition, replicas) - done;
        // Stand-ins that use up the whole surge make room for the places that they stand in for.
        bool isFull = Groups.Length >= (long)replicas + MaxSurge;
        if (!HasBehind && isFull && Groups.Count(group => group.Ordinal < replicas) < replicas)
            pending = Math.Min(pending, Groups.Length - 1 - replicas);
        return (int)Math.Min(int.MaxValue, (long)replicas + Math.Clamp(pending, 0, MaxSurge));
    }

    private GroupView View(GroupChild child, bool isLeaving, bool isProtected)
    {
        string revision = RevisionOf(child);
        string target = IsRoleRolling && !isProtected && Revisions.IsUpdateStored ? Revisions.Update : revision;
        return new GroupView(child, revision, target, GroupPhases.Of(child.Summary, isLeaving, Revisions.RolesOf(target)));
    }

    /// <summary>
    /// The revision that most outdated role instances with pods are labelled with; of equally many the first in ordinal
    /// order. Where none is outdated the update revision, although a role that it did not change may still bear an older
    /// label; but a group that lacks a role of it is not there yet. A group without pods is built at the update revision
    /// unless it was told another.
    /// </summary>
    private string RevisionOf(GroupChild child)
    {
        ImmutableArray<RoleSummary> built = [.. child.Summary.Roles.Where(static role => role.PodUids.Length > 0 && role.Revision.Length > 0)];
        if (built.Length == 0)
            return child.Assigned?.Revision ?? Revisions.Update;
        ImmutableArray<RoleSummary> outdated = [.. built.Where(IsOutdated)];
        bool hasEveryRole = Revisions.RolesOf(Revisions.Update)!.Value
            .All(role => role.Replicas == 0 || built.Any(instance => instance.Role == role.Name));
        if (outdated.Length == 0 && hasEveryRole)
            return Revisions.Update;
        return MostFrequent(outdated.Length > 0 ? outdated : built)!;
    }

    /// <summary>The revision that most of the instances have; of equally many the first in ordinal order; null of none.</summary>
    /// <param name="instances">Role instances.</param>
    public static string? MostFrequent(IEnumerable<RoleSummary> instances) => instances
        .GroupBy(static role => role.Revision, StringComparer.Ordinal)
        .OrderByDescending(static revision => revision.Count())
        .ThenBy(static revision => revision.Key, StringComparer.Ordinal)
        .FirstOrDefault()?.Key;

    /// <summary>What is left of a victim; null when it is gone and its part of the step over.</summary>
    private static OperationVictim? Left(Operation operation, OperationVictim victim, Dictionary<int, GroupChild> existing)
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
        // What a rollout was to take is gone and what it is for stands: the choice was made by a look that knew less.
        bool isReplacing = operation.Step is OperationStep.RollingUpdate or OperationStep.RoleRollingUpdate;
        ImmutableArray<RoleSummary> built = [.. roles.Where(static role => role.PodUids.Length > 0)];
        ImmutableArray<RoleSummary> replaced = [.. built.Where(role => isReplacing
            && role.Revision == operation.TargetRevision
            && !role.PodUids.Any(uid => victim.Uids.Contains(uid)))];
        if (replaced.Length > 0 && replaced.Length == built.Length)
            return null;
        // A pod that came to be while the step was being recorded is recorded too before it is deleted. Ending the step
        // instead would heal the group at the old revision, only to take it away again.
        ImmutableArray<string> late =
            [.. built.Except(replaced).SelectMany(static role => role.PodUids).Except(victim.Uids, StringComparer.Ordinal)];
        return late.Length == 0 ? victim : victim with { Uids = [.. victim.Uids.Concat(late).Order(StringComparer.Ordinal)] };
    }
}
