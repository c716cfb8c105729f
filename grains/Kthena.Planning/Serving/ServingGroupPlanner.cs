using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>
/// Keeps one group as its ModelServing wants it: as many instances of each role as the scale says, at the lowest free
/// ordinals; those that a recorded step names are taken away. Under ServingGroupRecreate a broken or lost instance takes the
/// whole group with it. A broken one goes last; that one was lost, the entry pods of the others tell: both ways a look after
/// a crash half-way comes to the same decision.
/// </summary>
public static class ServingGroupPlanner
{
    /// <summary>Plans for one group.</summary>
    /// <param name="ordinal">The group's ordinal.</param>
    /// <param name="goal">What is wanted; null while that is not known, and then nothing is ordered.</param>
    /// <param name="children">The role instances that are known, in any order.</param>
    public static GroupPlan Plan(int ordinal, GroupAssignment? goal, IEnumerable<RoleChild> children)
    {
        ImmutableArray<RoleChild> sorted =
        [
            .. children
                .OrderBy(static child => child.Summary.Role, StringComparer.Ordinal)
                .ThenBy(static child => child.Summary.Ordinal),
        ];
        ImmutableArray<RoleOrder> wanted = goal is null ? [] : [.. Wanted(goal, sorted)];
        var summary = new GroupSummary(ordinal, [.. sorted.Select(static child => child.Summary).Where(static role => role.Exists || role is { IsAssigned: true, IsDeleting: false })])
        {
            IsAssigned = goal is not null,
            IsDeleting = goal is { IsDeleting: true },
        };
        return new GroupPlan(summary)
        {
            Orders = [.. wanted.Where(order => !IsInForce(order, sorted))],
            Standing = [.. wanted.Where(static order => !order.Assignment.IsDeleting)],
            Forgotten =
            [
                .. sorted
                    .Where(child => !child.Summary.Exists && goal is not null && !wanted.Any(order => IsFor(order, child)))
                    .Select(static child => (child.Summary.Role, child.Summary.Ordinal)),
            ],
        };
    }

    private static IEnumerable<RoleOrder> Wanted(GroupAssignment goal, ImmutableArray<RoleChild> children)
    {
        if (goal.IsDeleting)
            return children.Where(static child => child.Summary.Exists || child.Assigned is { IsDeleting: false })
                .Select(child => Delete(goal, child, goal.VictimUids));
        if (goal.Policies.RecoveryPolicy != RecoveryPolicy.ServingGroupRecreate)
            return goal.Roles.SelectMany(role => WantedOf(goal, role, children, static _ => "")).Concat(LeavingRoles(goal, children));
        ImmutableArray<RoleChild> staying = [.. children.Where(child => !IsVictim(goal, child))];
        if (IsBeingRebuilt(staying) || GroupShape.IsBroken(goal.Roles, staying))
            return Rebuild(goal, children);
        string? whole = GroupShape.IsWhole(goal.Roles, staying) ? GroupShape.Write(goal.Roles) : null;
        return goal.Roles.SelectMany(role => WantedOf(goal, role, children, child => whole ?? GroupShape.Of(child)))
            .Concat(LeavingRoles(goal, children));
    }

    /// <summary>What is left of roles that the revision lacks.</summary>
    private static IEnumerable<RoleOrder> LeavingRoles(GroupAssignment goal, ImmutableArray<RoleChild> children) => children
        .Where(child => child.Summary.Exists && IsVictim(goal, child) && !goal.Roles.Any(role => role.Name == child.Summary.Role))
        .Select(child => Delete(goal, child, VictimUids(goal, child)));

    private static IEnumerable<RoleOrder> WantedOf(
        GroupAssignment goal, RoleDefinition role, ImmutableArray<RoleChild> children, Func<RoleChild, string> shape)
    {
        ImmutableArray<RoleChild> instances =
            [.. children.Where(child => child.Summary.Role == role.Name && (child.Summary.Exists || child.Assigned is { IsDeleting: false }))];
        int room = role.Replicas - instances.Count(child => child.Summary.Exists && !IsVictim(goal, child));
        foreach (RoleChild child in instances)
        {
            // An instance above the scale that stands only in our memory was never created: it is dropped, no victim.
            if (IsVictim(goal, child) || (!child.Summary.Exists && room-- <= 0))
                yield return Delete(goal, child, VictimUids(goal, child));
            else
                yield return child.Summary.PodUids.Length > 0 ? Keep(goal, role, child.Summary, shape(child)) : Build(goal, role, child.Summary.Ordinal);
        }
        // A victim's ordinal stays taken until its step is over, or it would be filled and taken away again.
        var taken = instances.Select(static child => child.Summary.Ordinal)
            .Concat(goal.Victims.Where(victim => victim.Role == role.Name).Select(static victim => victim.Ordinal))
            .ToHashSet();
        int onOrder = instances.Count(static child => !child.Summary.Exists);
        foreach (int ordinal in LowestGaps.In(taken, role.Replicas, Math.Min(LowestGaps.OnOrderMax - onOrder, role.Replicas - instances.Length)))
            yield return Build(goal, role, ordinal);
    }

    /// <summary>Whether a pod was lost that nobody here took away, or a rebuild is under way.</summary>
    private static bool IsBeingRebuilt(ImmutableArray<RoleChild> children) =>
        children.Any(static child => IsEvidence(child) || (child.Assigned is { IsDeleting: true } && child.Summary.Exists));

    private static bool IsEvidence(RoleChild child) =>
        child.Summary.Phase == RolePhase.Failed
        || (child.Summary.Phase == RolePhase.Terminating && child.Assigned is not { IsDeleting: true });

    private static IEnumerable<RoleOrder> Rebuild(GroupAssignment goal, ImmutableArray<RoleChild> children)
    {
        bool othersAreGoing = children
            .Where(static child => !IsEvidence(child))
            .All(static child => child.Summary.Phase is RolePhase.Terminating or RolePhase.Absent);
        return children
            .Where(child => child.Summary.Exists || child.Assigned is { IsDeleting: false })
            .Where(child => !IsEvidence(child) || othersAreGoing)
            .Select(child => Delete(goal, child, RebuiltUids(child), drains: false));
    }

    /// <summary>
    /// What an instance was told to give up for a rebuild. When none of that is left and it has pods all the same, they came of an
    /// order from before, when nobody knew of the rebuild: they go as well, or the group would wait for ever.
    /// </summary>
    private static ImmutableArray<string> RebuiltUids(RoleChild child)
    {
        ImmutableArray<string> pods = child.Summary.PodUids;
        return child.Assigned is { IsDeleting: true } told && (pods.Length == 0 || pods.Any(told.VictimUids.Contains)) ? told.VictimUids : pods;
    }

    private static bool IsVictim(GroupAssignment goal, RoleChild child) =>
        goal.Victims.Any(victim => victim.Role == child.Summary.Role && victim.Ordinal == child.Summary.Ordinal);

    private static ImmutableArray<string> VictimUids(GroupAssignment goal, RoleChild child) => goal.Victims
        .FirstOrDefault(victim => victim.Role == child.Summary.Role && victim.Ordinal == child.Summary.Ordinal)
        ?.Uids ?? [];

    /// <summary>An instance that stands keeps its own revision: only a recorded step replaces it.</summary>
    private static RoleOrder Keep(GroupAssignment goal, RoleDefinition role, RoleSummary instance, string shape)
    {
        OlderRole? own = goal.Older.FirstOrDefault(older => older.Role.Name == role.Name && older.Revision == instance.Revision);
        return new RoleOrder(role.Name, instance.Ordinal, Assign(goal, role, own) with { GroupShape = shape });
    }

    private static RoleOrder Build(GroupAssignment goal, RoleDefinition role, int ordinal) => new(
        role.Name,
        ordinal,
        Assign(goal, role, goal.Older.FirstOrDefault(older => older.Role.Name == role.Name && ordinal < older.FillBelow)));

    private static RoleAssignment Assign(GroupAssignment goal, RoleDefinition role, OlderRole? older) =>
        new(goal.Policies, older?.Revision ?? goal.Revision, ForInstance(older?.Role ?? role));

    /// <summary>An instance does not care how many there are: scaling a role says nothing new to those that stay.</summary>
    private static RoleDefinition ForInstance(RoleDefinition role) => role.Replicas == 1 ? role : role with { Replicas = 1 };

    private static RoleOrder Delete(GroupAssignment goal, RoleChild child, ImmutableArray<string> uids, bool drains = true)
    {
        string name = child.Summary.Role;
        RoleDefinition role = goal.Roles.FirstOrDefault(role => role.Name == name)
            ?? child.Assigned?.Role
            ?? new RoleDefinition(name, 0, child.Summary.TemplateHash, default);
        return new RoleOrder(name, child.Summary.Ordinal, new RoleAssignment(goal.Policies, goal.Revision, ForInstance(role))
        {
            IsDeleting = true,
            VictimUids = uids,
            Drains = drains,
        });
    }

    private static bool IsFor(RoleOrder order, RoleChild child) =>
        order.Role == child.Summary.Role && order.Ordinal == child.Summary.Ordinal;

    private static bool IsInForce(RoleOrder order, ImmutableArray<RoleChild> children) =>
        children.Any(child => IsFor(order, child) && child.Summary.IsAssigned && order.Assignment == child.Assigned);
}
