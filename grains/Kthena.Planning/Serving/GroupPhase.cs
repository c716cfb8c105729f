using System.Collections.Immutable;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>Where a ServingGroup stands. Computed from its roles' summaries at every look, never stored.</summary>
public enum GroupPhase
{
    /// <summary>It is told to go.</summary>
    Deleting,

    /// <summary>Some role instance is missing, not ready or being rebuilt.</summary>
    Creating,

    /// <summary>Every role has as many running instances as its own revision and the scale want.</summary>
    Running,
}

/// <summary>Computes a group's phase.</summary>
public static class GroupPhases
{
    /// <summary>The phase; the first row that holds wins.</summary>
    /// <param name="summary">The group.</param>
    /// <param name="isVictim">Whether a recorded step takes the group away.</param>
    /// <param name="roles">The roles of the group's own revision; null when they are not known.</param>
    public static GroupPhase Of(GroupSummary summary, bool isVictim, ImmutableArray<RoleDefinition>? roles)
    {
        if (isVictim)
            return GroupPhase.Deleting;
        return roles is { } known && known.All(role => HasEnough(summary, role)) ? GroupPhase.Running : GroupPhase.Creating;
    }

    private static bool HasEnough(GroupSummary summary, RoleDefinition role)
    {
        int running = 0;
        foreach (RoleSummary instance in summary.Roles)
        {
            if (instance.Role == role.Name && instance.Phase == RolePhase.Running && !instance.IsDeleting)
                running++;
        }
        return running >= role.Replicas;
    }
}
