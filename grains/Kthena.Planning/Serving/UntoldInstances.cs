using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>
/// Role instances that were not told yet what is wanted of them, as after their silo was lost. Such a one says that it runs when the
/// pods that it has are ready, for it does not know how many it takes; its own revision does.
/// </summary>
internal static class UntoldInstances
{
    /// <summary>A group as it is when its instances' pods are counted.</summary>
    /// <param name="child">The group.</param>
    /// <param name="revisions">The revisions. An instance of an unknown one is taken at its word.</param>
    public static GroupChild Counted(GroupChild child, RevisionSet revisions)
    {
        if (!child.Summary.Roles.Any(instance => IsShort(instance, revisions)))
            return child;
        ImmutableArray<RoleSummary> counted =
            [.. child.Summary.Roles.Select(instance => IsShort(instance, revisions) ? instance with { Phase = RolePhase.Incomplete } : instance)];
        return child with { Summary = child.Summary with { Roles = counted } };
    }

    private static bool IsShort(RoleSummary instance, RevisionSet revisions)
    {
        if (instance is not { IsAssigned: false, Phase: RolePhase.Running }
            || revisions.RolesOf(instance.Revision)?.FirstOrDefault(role => role.Name == instance.Role) is not { } role)
        {
            return false;
        }
        using JsonDocument json = JsonDocument.Parse(role.Json.Utf8);
        return instance.PodUids.Length < RoleSpec.Parse(json.RootElement).PodsPerInstance;
    }
}
