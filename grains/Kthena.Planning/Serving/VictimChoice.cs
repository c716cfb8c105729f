using System.Collections.Immutable;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>
/// Chooses what goes. The only place that does: preconditions protect one object, a budget spans many.
/// </summary>
internal static class VictimChoice
{
    /// <summary>UIDs on record at once: an annotation has to stay well under the API server's 256 KiB.</summary>
    private const int UidsMax = 4000;

    /// <summary>The steps to record besides those under way.</summary>
    /// <param name="look">The look.</param>
    /// <param name="now">The instant of the look.</param>
    public static ImmutableArray<Operation> Choose(ServingLook look, DateTimeOffset now)
    {
        int room = UidsMax - ServingLook.Victims(look.UnderWay).Sum(static victim => victim.Uids.Length);
        ImmutableArray<GroupView> surplus = [.. Surplus(look)];
        ImmutableArray<GroupView> outdated = surplus.Length > 0 ? [] : Outdated(look);
        var leaving = surplus.Concat(outdated).Select(static group => group.Ordinal).ToHashSet();
        IEnumerable<OperationVictim> roles = look.Staying
            .Where(group => !leaving.Contains(group.Ordinal))
            .SelectMany(group => SurplusRoles(look, group));
        Operation?[] chosen =
        [
            Record(OperationStep.ScaleDown, $"{look.Spec.Replicas} groups are wanted", surplus.Select(Whole)),
            Record(OperationStep.RollingUpdate, $"replaced by revision {look.Revisions.Update}", outdated.Select(Whole)),
            Record(OperationStep.RoleScaleDown, "fewer role instances are wanted", roles),
            Record(OperationStep.RoleRollingUpdate, $"replaced by revision {look.Revisions.Update}", RoleRollout.Choose(look, leaving)),
        ];
        return [.. chosen.OfType<Operation>()];

        Operation? Record(OperationStep step, string reason, IEnumerable<OperationVictim> victims)
        {
            var taken = ImmutableArray.CreateBuilder<OperationVictim>();
            foreach (OperationVictim victim in victims)
            {
                // One that is larger than the whole room still has its turn, alone.
                if (victim.Uids.Length > room && room < UidsMax)
                    break;
                room -= victim.Uids.Length;
                taken.Add(victim);
            }
            return taken.Count == 0 ? null : new Operation(step, look.Revisions.Update, reason, now, taken.ToImmutable());
        }
    }

    /// <summary>
    /// Groups above the scale: unprotected ones first, then those added for a rollout, then those not running, then the cheapest, then the highest ordinal.
    /// </summary>
    private static IEnumerable<GroupView> Surplus(ServingLook look) => look.Staying
        .OrderBy(look.IsProtected)
        .ThenByDescending(group => look.IsSurging && group.Ordinal >= look.Spec.Replicas)
        .ThenBy(static group => group.IsRunning)
        .ThenBy(static group => group.DeletionCost)
        .ThenByDescending(static group => group.Ordinal)
        .Take(Math.Max(0, look.Staying.Length - look.Desired));

    /// <summary>
    /// Outdated groups beyond the partition that the budget lets go: those not running first, then the highest ordinal.
    /// New groups that do not run use the budget up, so a broken revision stops. Old ones that do not run never block;
    /// running ones go only while enough others run.
    /// </summary>
    private static ImmutableArray<GroupView> Outdated(ServingLook look)
    {
        if (!look.Revisions.IsUpdateStored || look.IsRoleRolling || look.IsPaused)
            return [];
        string update = look.Revisions.Update;
        int replacedNotRunning = look.Groups.Count(group => group.IsDeleting || (group.Revision == update && !group.IsRunning));
        int budget = look.Groups.Length - (look.Spec.Replicas - look.MaxUnavailable) - replacedNotRunning;
        int running = look.Staying.Count(static group => group.IsRunning);
        int spare = running - (look.Spec.Replicas - look.MaxUnavailable);
        return RolloutBudget.Pick(
            look.Staying
                .Where(look.IsBehind)
                .OrderBy(static group => group.IsRunning)
                .ThenByDescending(static group => group.Ordinal),
            static group => group.IsRunning,
            budget,
            spare);
    }

    /// <summary>Role instances above the scale of their role, chosen as groups are; instances of a role that the revision lacks all go.</summary>
    private static IEnumerable<OperationVictim> SurplusRoles(ServingLook look, GroupView group)
    {
        if (look.Revisions.RolesOf(group.Target) is not { } roles)
            return [];
        int protects(string role) => look.IsRoleRolling && look.Spec.Roles.FirstOrDefault(spec => spec.Name == role) is { } spec
            ? RoleRollout.PartitionOf(spec)
            : 0;
        var leaving = look.LeavingRoles(group)
            .Select(static victim => (victim.Role!, victim.Ordinal))
            .ToHashSet();
        return group.Child.Summary.Roles
            .Where(role => role.Exists && !leaving.Contains((role.Role, role.Ordinal)))
            .GroupBy(static role => role.Role, StringComparer.Ordinal)
            .SelectMany(instances => instances
                .OrderBy(role => protects(instances.Key) > 0 && IsAmongFirst(instances, role, protects(instances.Key)))
                .ThenBy(static role => role.Phase == RolePhase.Running)
                .ThenBy(role => IsSelectedByScale(look, role))
                .ThenBy(static role => role.DeletionCost)
                .ThenByDescending(static role => role.Ordinal)
                .Take(Math.Max(0, instances.Count() - (roles.FirstOrDefault(role => role.Name == instances.Key)?.Replicas ?? 0))))
            .Select(role => new OperationVictim(group.Ordinal, role.PodUids) { Role = role.Role, Ordinal = role.Ordinal });
    }

    /// <summary>Whether the selector of the scale subresource names the instance: without it autoscalers would not see the group.</summary>
    private static bool IsSelectedByScale(ServingLook look, RoleSummary instance) =>
        instance.Ordinal == 0 && look.Spec.Roles is [var first, ..] && first.Name == instance.Role;

    private static bool IsAmongFirst(IEnumerable<RoleSummary> instances, RoleSummary role, int count) =>
        instances.Count(other => other.Ordinal < role.Ordinal) < count;

    private static OperationVictim Whole(GroupView group) =>
        new(group.Ordinal, [.. group.PodUids.Order(StringComparer.Ordinal)]);
}
