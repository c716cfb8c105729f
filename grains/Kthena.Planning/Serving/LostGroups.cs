using System.Collections.Immutable;

namespace Kthena.Planning.Serving;

/// <summary>
/// Groups of which nothing is left during a rollout. As with single role instances, what was lost does not carry a broken
/// revision further: no more are built at the update revision than the budget has room for, the others at the current one.
/// </summary>
internal static class LostGroups
{
    /// <summary>Which of the places to fill are filled at the current revision, although the partition does not protect them.</summary>
    /// <param name="look">The look.</param>
    /// <param name="gaps">The places beyond the partition, ascending.</param>
    public static ImmutableArray<int> KeptAtCurrent(ServingLook look, ImmutableArray<int> gaps)
    {
        if (look.IsRoleRolling || gaps.Length == 0 || look.Observed.Serving.Status.CurrentRevision == look.Revisions.Update)
            return [];
        // What was reported tells groups that once were there, or were just taken away, from a scale that grew.
        int lost = look.Observed.Serving.Status.Replicas - look.Groups.Length;
        int underWay = look.Groups.Count(group => group.Revision == look.Revisions.Update && !group.IsRunning);
        int room = Math.Max(0, look.MaxUnavailable + look.MaxSurge - underWay);
        return [.. gaps.Take(Math.Max(0, Math.Min(lost, gaps.Length - room)))];
    }
}
