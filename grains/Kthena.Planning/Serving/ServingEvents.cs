using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>The events that a ModelServing tells its users; the three of a role's life are worded as upstream's.</summary>
internal static class ServingEvents
{
    public static RecordEvent Role(RoleKey key, RoleGoal goal, string state) => Role(key, goal.Assignment, state);

    public static RecordEvent Role(RoleKey key, RoleAssignment assignment, string state) => new(
        ResourceKinds.ModelServing,
        key.Group.Serving,
        assignment.Policies.ServingUid,
        $"Role{state}",
        $"Role {key.Role}/{key.RoleId} in ServingGroup {key.Group.Name} is now {state}");

    /// <summary>What keeps a role instance from running.</summary>
    public static RecordEvent Trouble(RoleKey key, RoleGoal goal, string trouble)
    {
        int colon = trouble.IndexOf(':', StringComparison.Ordinal);
        return new RecordEvent(
            ResourceKinds.ModelServing,
            key.Group.Serving,
            goal.Assignment.Policies.ServingUid,
            trouble[..colon],
            $"Role {key.Role}/{key.RoleId} in ServingGroup {key.Group.Name}:{trouble[(colon + 1)..]}")
        {
            IsWarning = true,
        };
    }

    /// <summary>Why a role instance is rebuilt.</summary>
    public static RecordEvent Recreating(RoleLook look, RoleGoal goal)
    {
        string cause = look.Members.FirstOrDefault(static member => member.State == MemberState.Failed) is { } failed
            ? Cause(failed.Pod)
            : look.Members.FirstOrDefault(static member => member.State == MemberState.Terminating) is { } terminating
                ? $"pod {terminating.Pod.Metadata.Name} was deleted"
                : $"pod {look.Key.PodName(look.Missing.FirstOrDefault())} was lost";
        return new RecordEvent(
            ResourceKinds.ModelServing,
            look.Key.Group.Serving,
            goal.Assignment.Policies.ServingUid,
            "RoleFailed",
            $"Role {look.Key.Role}/{look.Key.RoleId} in ServingGroup {look.Key.Group.Name} is rebuilt: {cause}")
        {
            IsWarning = true,
        };
    }

    private static string Cause(Pod pod) => pod.Phase is "Failed" or "Succeeded"
        ? $"pod {pod.Metadata.Name} ended in phase {pod.Phase}"
        : $"pod {pod.Metadata.Name} restarted";
}
