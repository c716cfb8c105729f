using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>
/// RoleRollingUpdate: outdated role instances are replaced one by one in every group beyond the partition, each role under
/// its own partition and budget, and all groups under one budget where the spec sets it.
/// </summary>
internal static class RoleRollout
{
    /// <summary>The role instances to replace next.</summary>
    /// <param name="look">The look.</param>
    /// <param name="excluded">Groups that are leaving.</param>
    public static IEnumerable<OperationVictim> Choose(ServingLook look, IReadOnlySet<int> excluded)
    {
        if (!look.IsRoleRolling || look.IsPaused || !look.Revisions.IsUpdateStored)
            yield break;
        ImmutableArray<GroupView> groups =
            [.. look.Staying.Where(group => !look.IsProtected(group) && !excluded.Contains(group.Ordinal))];
        int all = Math.Max(0, look.Spec.Replicas);
        int most = look.Spec.RolloutStrategy.GroupsMaxUnavailable is { } limit ? Math.Max(1, limit.Resolve(all, roundUp: false)) : int.MaxValue;
        int open = most - groups.Count(group => IsDisrupted(look, group));
        long spare = look.Staying.Count(group => group.IsRunning && !IsDisrupted(look, group)) - ((long)all - most);
        IEnumerable<GroupView> order = groups
            .OrderByDescending(group => IsDisrupted(look, group))
            .ThenBy(static group => group.IsRunning)
            .ThenByDescending(static group => group.Ordinal);
        foreach (GroupView group in order)
        {
            ImmutableArray<RoleSummary> chosen = [.. look.Spec.Roles.SelectMany(role => Choose(look, group, role))];
            if (chosen.Length == 0)
                continue;
            // A group that a rollout already disturbed goes on within its roles' budgets; another has to be let in.
            if (!IsDisrupted(look, group) && (open-- <= 0 || (group.IsRunning && spare-- <= 0)))
                continue;
            foreach (RoleSummary instance in chosen)
                yield return new OperationVictim(group.Ordinal, instance.PodUids) { Role = instance.Role, Ordinal = instance.Ordinal };
        }
    }

    /// <summary>What instances of a group are kept or built at instead of the update revision.</summary>
    /// <param name="look">The look.</param>
    /// <param name="group">The group; null for one that is to be built.</param>
    public static ImmutableArray<OlderRole> Older(ServingLook look, GroupView? group) => !look.IsRoleRolling
        ? []
        : [.. look.Spec.Roles.SelectMany(role => Older(look, group, role))];

    /// <summary>Whether an instance that no partition protects is outdated.</summary>
    /// <param name="look">The look.</param>
    /// <param name="group">The group.</param>
    public static bool IsBehind(ServingLook look, GroupView group) =>
        look.Spec.Roles.Any(role => Unprotected(Instances(look, group, role), role).Any(look.IsOutdated))
        || group.Child.Summary.Roles.Any(instance => instance.Exists && look.RoleAt(look.Revisions.Update, instance.Role) is null);

    /// <summary>Whether an instance that a partition protects may be missing: what it has to be built at must not be forgotten.</summary>
    /// <param name="look">The look.</param>
    public static bool IsProtectingMissing(ServingLook look) => look.IsRoleRolling && look.Spec.Roles.Any(role =>
        PartitionOf(role) > 0
        && (look.Groups.Length < look.Spec.Replicas || look.Groups.Any(group => Instances(look, group, role).Length < role.Replicas)));

    /// <summary>How many instances of a role, from the lowest on, keep their revision.</summary>
    /// <param name="role">The role.</param>
    public static int PartitionOf(RoleSpec role) => Math.Max(0, role.Partition?.Resolve(role.Replicas, roundUp: true) ?? 0);

    private static int MaxUnavailableOf(RoleSpec role) =>
        Math.Max(1, role.MaxUnavailable?.Resolve(role.Replicas, roundUp: false) ?? role.Replicas);

    /// <summary>The role's instances that no recorded step takes away, ascending by ordinal.</summary>
    private static ImmutableArray<RoleSummary> Instances(ServingLook look, GroupView group, RoleSpec role)
    {
        var leaving = look.LeavingRoles(group)
            .Where(victim => victim.Role == role.Name)
            .Select(static victim => victim.Ordinal)
            .ToHashSet();
        return
        [
            .. group.Child.Summary.Roles
                .Where(instance => instance.Role == role.Name && instance.Exists && !leaving.Contains(instance.Ordinal))
                .OrderBy(static instance => instance.Ordinal),
        ];
    }

    private static IEnumerable<RoleSummary> Unprotected(ImmutableArray<RoleSummary> instances, RoleSpec role) =>
        instances.Skip(PartitionOf(role));

    private static ImmutableArray<RoleSummary> Choose(ServingLook look, GroupView group, RoleSpec role)
    {
        ImmutableArray<RoleSummary> instances = Instances(look, group, role);
        // First the scale, then the revision: a surplus instance is taken away in any case.
        if (instances.Length > role.Replicas)
            return [];
        int missing = role.Replicas - instances.Length;
        int replacedNotRunning = instances.Count(instance => !IsRunning(instance) && !look.IsOutdated(instance));
        int unavailable = MaxUnavailableOf(role);
        return RolloutBudget.Pick(
            Unprotected(instances, role)
                .Where(look.IsOutdated)
                .OrderBy(IsRunning)
                .ThenByDescending(static instance => instance.Ordinal),
            IsRunning,
            unavailable - missing - replacedNotRunning,
            instances.Count(IsRunning) - (role.Replicas - unavailable));
    }

    /// <summary>Whether a rollout, or what it built, makes the group unavailable now or is about to.</summary>
    private static bool IsDisrupted(ServingLook look, GroupView group) => look.Spec.Roles.Any(role =>
    {
        ImmutableArray<RoleSummary> instances = Instances(look, group, role);
        return instances.Length < role.Replicas || instances.Any(instance => !IsRunning(instance) && !look.IsOutdated(instance));
    });

    /// <summary>
    /// Missing instances below the role's partition are built at the older revision. Of the others no more are built at the
    /// update revision than its budget has room for: what was lost does not carry a broken revision further.
    /// </summary>
    private static IEnumerable<OlderRole> Older(ServingLook look, GroupView? group, RoleSpec role)
    {
        ImmutableArray<RoleSummary> instances = group is null ? [] : Instances(look, group, role);
        ImmutableArray<RoleSummary> outdated = [.. instances.Where(instance => instance.PodUids.Length > 0 && look.IsOutdated(instance))];
        string current = look.Observed.Serving.Status.CurrentRevision;
        bool isCurrentOlder = current != look.Revisions.Update
            && look.RoleAt(current, role.Name) is { } before
            && before.TemplateHash != look.RoleAt(look.Revisions.Update, role.Name)?.TemplateHash;
        string? fill = isCurrentOlder ? current : ServingLook.MostFrequent(outdated);
        IEnumerable<string> revisions = outdated.Select(static instance => instance.Revision).Append(fill).OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        foreach (string revision in revisions)
        {
            if (look.RoleAt(revision, role.Name) is { } definition)
                yield return new OlderRole(revision, definition, revision == fill ? FillBelow(look, instances, role) : 0);
        }
    }

    private static int FillBelow(ServingLook look, ImmutableArray<RoleSummary> instances, RoleSpec role)
    {
        if (look.IsPaused)
            return int.MaxValue;
        int room = Math.Max(0, MaxUnavailableOf(role) - instances.Count(instance => !IsRunning(instance) && !look.IsOutdated(instance)));
        int gaps = role.Replicas - instances.Length;
        int older = gaps > room ? LowestGaps.At(instances.Select(static instance => instance.Ordinal), gaps - room - 1) + 1 : 0;
        return Math.Max(older, PartitionOf(role));
    }

    private static bool IsRunning(RoleSummary instance) => instance.Phase == RolePhase.Running;
}
