using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>Says what a group saw, and why its plan asks for what it asks for.</summary>
public static class GroupReasons
{
    /// <summary>What was seen, in one line.</summary>
    /// <param name="goal">What is wanted.</param>
    /// <param name="children">The role instances that are known.</param>
    public static string Seen(GroupAssignment? goal, IEnumerable<RoleChild> children)
    {
        IEnumerable<string> instances = children
            .OrderBy(static child => child.Summary.Role, StringComparer.Ordinal)
            .ThenBy(static child => child.Summary.Ordinal)
            .Select(static child => $"{child.Summary.Role}-{child.Summary.Ordinal} {child.Summary.Phase}");
        string wanted = goal switch
        {
            null => "nothing known to be wanted",
            { IsDeleting: true } => "to go",
            _ => $"wanted at {goal.Revision}",
        };
        return string.Join(", ", [wanted, .. instances]);
    }

    /// <summary>The reasons in one line.</summary>
    /// <param name="goal">What is wanted.</param>
    /// <param name="children">The role instances that are known.</param>
    /// <param name="plan">What follows from them.</param>
    public static string Of(GroupAssignment? goal, IEnumerable<RoleChild> children, GroupPlan plan)
    {
        ImmutableArray<RoleChild> known = [.. children];
        return string.Join("; ", plan.Orders
            .GroupBy(order => WhyOrder(goal, known, order), StringComparer.Ordinal)
            .Select(static alike => $"{string.Join(", ", alike.Select(static order => $"{order.Role}-{order.Ordinal}"))} {alike.Key}"));
    }

    private static string WhyOrder(GroupAssignment? goal, ImmutableArray<RoleChild> children, RoleOrder order)
    {
        RoleChild? child = children.FirstOrDefault(child => child.Summary.Role == order.Role && child.Summary.Ordinal == order.Ordinal);
        return order.Assignment.IsDeleting ? WhyDelete(goal, children, order) : child switch
        {
            null or { Summary.Exists: false } => "is missing",
            { Assigned: null } => "does not know yet what is wanted of it",
            _ => "was told something else before",
        };
    }

    private static string WhyDelete(GroupAssignment? goal, ImmutableArray<RoleChild> children, RoleOrder order)
    {
        if (goal is { IsDeleting: true })
            return "goes with its group";
        if (goal is not null && goal.Victims.Any(victim => victim.Role == order.Role && victim.Ordinal == order.Ordinal))
            return "stands in a recorded step";
        string[] broken =
        [
            .. children
                .Where(static child => child.Summary.Phase is RolePhase.Failed or RolePhase.Terminating or RolePhase.Incomplete or RolePhase.Absent)
                .Select(static child => $"{child.Summary.Role}-{child.Summary.Ordinal} is {child.Summary.Phase}"),
        ];
        return goal is { Policies.RecoveryPolicy: RecoveryPolicy.ServingGroupRecreate }
            ? $"is rebuilt with its whole group, because {string.Join(", ", broken)}"
            : "is above the scale";
    }
}
