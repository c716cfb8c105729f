using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Gang;

/// <summary>
/// Keeps a group's PodGroup as the group is meant to be: there before its pods, in step with its roles while it stands. It
/// goes when the group is gone, which only the ModelServing sees; until then it is the same object through every rollout.
/// One of the same owner that other software made is kept, and changed only where it says something else.
/// </summary>
public static class PodGroupPlanner
{
    /// <summary>Plans for one group's PodGroup.</summary>
    /// <param name="key">The group.</param>
    /// <param name="goal">What is wanted; null where the group has no PodGroup, or nothing is known.</param>
    /// <param name="standing">The role instances that are to stand, each as it is meant to be.</param>
    /// <param name="observed">What is seen.</param>
    public static PodGroupPlan Plan(GroupKey key, GangGoal? goal, IReadOnlyCollection<RoleOrder> standing, PodGroupObservation observed)
    {
        if (goal is null || goal.Assignment.IsDeleting || goal.Assignment.Policies.ServingUid != observed.OwnerUid)
            return new PodGroupPlan();
        if (observed.PodGroup is not { } podGroup)
        {
            return new PodGroupPlan
            {
                Writes = [PodGroupObject.Create(key, goal, PodGroupSpec.Of(key, goal, standing))],
                MayBuild = false,
                Trouble = Refused(key, observed),
            };
        }
        if (podGroup.Metadata.Controller?.Uid != observed.OwnerUid)
        {
            return new PodGroupPlan
            {
                MayBuild = false,
                Trouble = NameTaken(key),
            };
        }
        // Its end is told as an event; the new one is made then.
        if (podGroup.Metadata.DeletionTimestamp is not null)
            return new PodGroupPlan { MayBuild = false };
        PatchObject? patch = PodGroupObject.Update(podGroup, goal.Terms, PodGroupSpec.Of(key, goal, standing));
        return new PodGroupPlan { Writes = patch is null ? [] : [patch], Trouble = patch is null ? "" : Refused(key, observed) };
    }

    /// <summary>The PodGroups that no group stands behind any more, nor will.</summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="podGroups">The PodGroups with its labels, whoever owns them.</param>
    /// <param name="stands">Whether a group stands or is wanted, by ordinal.</param>
    internal static IEnumerable<DeleteObject> LeftOver(ModelServing serving, IEnumerable<PodGroup> podGroups, Func<int, bool> stands) => podGroups
        .Where(podGroup => podGroup.Metadata.DeletionTimestamp is null
            && podGroup.Metadata.Controller?.Uid == serving.Metadata.Uid
            && GroupKey.FromLabels(podGroup.Metadata.Namespace, podGroup.Metadata.Labels) is { } group
            && podGroup.Metadata.Name == group.Name
            && !stands(group.Ordinal))
        .OrderBy(static podGroup => podGroup.Metadata.Name, StringComparer.Ordinal)
        .Select(static podGroup => new DeleteObject(ResourceKinds.PodGroup, podGroup.Metadata.Key, podGroup.Metadata.Uid));

    private static string NameTaken(GroupKey key) =>
        $"PodGroupNameTaken: PodGroup {key.Name} belongs to somebody else, so the group's pods wait until it is gone";

    private static string Refused(GroupKey key, PodGroupObservation observed) =>
        observed.Refusal.Length == 0 ? ""
        // One without our labels is not seen; that its name is taken is told by whoever tried it.
        : observed.Refusal.Contains("belongs to somebody else", StringComparison.Ordinal) ? NameTaken(key)
        : $"PodGroupRefused: PodGroup {key.Name} is not as it should be: {observed.Refusal}";
}
