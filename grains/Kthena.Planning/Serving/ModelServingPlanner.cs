using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Gang;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>
/// Decides for a whole ModelServing: which groups there are and at which revision, what is taken away, what is reported.
///
/// A spec that cannot be planned changes nothing but the condition that says so. Else:
///
/// 1. A revision is stored before any pod of it is made.
/// 2. Groups are missing: the lowest free ordinals are filled; an ordinal whose group is still going stays taken.
/// 3. Groups or role instances are too many or outdated: victims are chosen and recorded, and nothing else happens to them
///    in this look. The look that finds the record hands the deletes down.
/// 4. Every other group keeps the revision that its pods have, and heals at that.
/// </summary>
public static class ModelServingPlanner
{
    /// <summary>Plans for one ModelServing.</summary>
    /// <param name="observed">What is seen.</param>
    /// <param name="now">The instant of the look.</param>
    public static ServingPlan Plan(ServingObservation observed, DateTimeOffset now)
    {
        // Garbage collection follows the owner references; all that is left to do is not to build anything anew.
        if (observed.Serving.Metadata.DeletionTimestamp is not null)
            return new ServingPlan();

        if (SpecProblems.Of(observed.Serving) is { Length: > 0 } problems)
        {
            PatchObject? told = ServingStatusPlanner.Invalid(observed, problems, now, out TimeSpan? again);
            return new ServingPlan { Writes = told is null ? [] : [told], RequeueAfter = again };
        }

        var look = new ServingLook(observed);
        StepRecord record = Record(look, now);
        ImmutableArray<GroupOrder> fills = [.. Fill(look)];
        ImmutableArray<GroupOrder> orders = [.. Keep(look), .. fills];
        var writes = new List<ClusterWrite>();
        if (!look.Revisions.IsUpdateStored)
            writes.Add(look.Revisions.Store(observed.Serving));
        bool recordsSteps = record != look.Record;
        if (recordsSteps)
            writes.Add(Write(observed.Serving, record));
        if (observed.IsAsNewAsTheRecord)
            writes.AddRange(look.Revisions.Prune(RevisionsInUse(look), look.Spec.RevisionHistoryLimit ?? RevisionSet.UnusedRevisionsDefault));

        writes.AddRange(PodGroupPlanner.LeftOver(observed.Serving, observed.PodGroups, StandsOrIsWanted(look)));

        // The record changes the object's version, so a status written now would be refused; groups that are only being
        // ordered would be missing from it. Both times it follows in the next look.
        TimeSpan? requeue = null;
        if (!recordsSteps && fills.Length == 0 && ServingStatusPlanner.Plan(look, now, out requeue) is { } status)
            writes.Add(status);
        if (writes.Count == 0 && CrashBackoff.Forget(look) is { } forget)
            writes.Add(forget);
        return new ServingPlan
        {
            Writes = [.. writes],
            Orders = [.. orders.Where(order => !IsInForce(order, observed)).OrderBy(static order => order.Ordinal)],
            Forgotten = [.. Forgotten(look, orders)],
            Recorded = recordsSteps ? record : null,
            RequeueAfter = requeue,
        };
    }

    /// <summary>The record as it should stand: without what is done, with what is to go next. From a look that knows too little it stays as it is.</summary>
    private static StepRecord Record(ServingLook look, DateTimeOffset now)
    {
        if (!look.Observed.IsAsNewAsTheRecord)
            return look.Record;
        ImmutableArray<Operation> steps = [.. look.UnderWay, .. VictimChoice.Choose(look, now)];
        return steps.AsSpan().SequenceEqual(look.Recorded.AsSpan())
            ? look.Record
            : new StepRecord(OperationsAnnotation.Write(steps), Math.Max(look.Record.PodsSeen, look.Observed.PodsSeen));
    }

    /// <summary>What the groups that exist are told: to go where the record says so, else to stay as they are.</summary>
    private static IEnumerable<GroupOrder> Keep(ServingLook look)
    {
        GangTerms? gang = GangWish.Terms(look);
        ServingPolicies policies = Policies(look, gang);
        // Only what the record already holds is deleted, not what this look adds to it.
        ILookup<int, OperationVictim> victims = ServingLook.Victims(look.Recorded).ToLookup(static victim => victim.Group);
        foreach (GroupView group in look.Groups)
        {
            ImmutableArray<RoleDefinition>? roles = look.Revisions.RolesOf(group.Target);
            if (group.IsDeleting)
            {
                yield return new GroupOrder(group.Ordinal, new GroupAssignment(policies, group.Target, roles ?? [])
                {
                    IsDeleting = true,
                    VictimUids = [.. victims[group.Ordinal].SelectMany(static victim => victim.Uids).Distinct().Order(StringComparer.Ordinal)],
                });
            }
            else if (roles is not null && (group.Target != look.Revisions.Update || look.Revisions.IsUpdateStored))
            {
                yield return new GroupOrder(group.Ordinal, new GroupAssignment(policies, group.Target, roles.Value)
                {
                    Older = group.Target == look.Revisions.Update ? RoleRollout.Older(look, group) : [],
                    Victims = RoleVictims(victims[group.Ordinal]),
                    Gang = gang,
                });
            }
        }
    }

    private static IEnumerable<GroupOrder> Fill(ServingLook look)
    {
        GangTerms? gang = GangWish.Terms(look);
        ServingPolicies policies = Policies(look, gang);
        string current = look.Observed.Serving.Status.CurrentRevision;
        var taken = look.Groups.Select(static group => group.Ordinal)
            .Concat(ServingLook.Victims(look.Recorded).Where(static victim => victim.Role is null).Select(static victim => victim.Group))
            .ToHashSet();
        // While groups are still to be replaced, the surge adds some above the scale; after that it only helps to come back below.
        int limit = look.HasBehind ? look.Desired : look.Spec.Replicas;
        long most = look.IsSurging && !look.HasBehind ? (long)look.Spec.Replicas + look.MaxSurge : look.Desired;
        int onOrder = look.Groups.Count(static group => !group.Child.Summary.Exists);
        ImmutableArray<int> gaps =
            [.. LowestGaps.In(taken, limit, (int)Math.Min(LowestGaps.OnOrderMax - onOrder, most - look.Groups.Length))];
        ImmutableArray<int> lost = LostGroups.KeptAtCurrent(look, [.. gaps.Where(ordinal => ordinal >= look.Partition)]);
        foreach (int ordinal in gaps)
        {
            bool keepsCurrent = (ordinal < look.Partition || look.IsPaused || lost.Contains(ordinal))
                && look.Revisions.RolesOf(current) is not null;
            string revision = keepsCurrent ? current : look.Revisions.Update;
            if (revision == look.Revisions.Update && !look.Revisions.IsUpdateStored)
                continue;
            yield return new GroupOrder(ordinal, new GroupAssignment(policies, revision, look.Revisions.RolesOf(revision)!.Value)
            {
                Older = keepsCurrent ? [] : RoleRollout.Older(look, group: null),
                Gang = gang,
            });
        }
    }

    /// <summary>Whether a group is there, or its ordinal is among the lowest free ones that are filled next.</summary>
    private static Func<int, bool> StandsOrIsWanted(ServingLook look)
    {
        var standing = look.Groups.Select(static group => group.Ordinal).ToHashSet();
        return ordinal => standing.Contains(ordinal)
            || (ordinal < look.Desired
                && ordinal - standing.Count(other => other < ordinal) < look.Desired - standing.Count);
    }

    private static ServingPolicies Policies(ServingLook look, GangTerms? gang) => new(
        look.Observed.Serving.Metadata.Uid,
        look.Spec.SchedulerName,
        look.Spec.RecoveryPolicy,
        look.Spec.RestartGracePeriod)
    {
        DrainPeriod = look.DrainPeriod,
        IsGangScheduled = gang is not null,
        Plugins = look.Spec.Plugins,
    };

    private static ImmutableArray<RoleVictim> RoleVictims(IEnumerable<OperationVictim> victims) =>
    [
        .. victims
            .Where(static victim => victim.Role is not null)
            .GroupBy(static victim => (Role: victim.Role!, victim.Ordinal))
            .OrderBy(static instance => instance.Key.Role, StringComparer.Ordinal)
            .ThenBy(static instance => instance.Key.Ordinal)
            .Select(static instance => new RoleVictim(
                instance.Key.Role, instance.Key.Ordinal, [.. instance.SelectMany(static victim => victim.Uids)])),
    ];

    private static PatchObject Write(ModelServing serving, StepRecord record) => new(
        ResourceKinds.ModelServing,
        serving.Metadata.Key,
        record.ToPatch(),
        serving.Metadata.ResourceVersion);

    private static HashSet<string> RevisionsInUse(ServingLook look) =>
    [
        .. look.Groups.SelectMany(static group => group.Child.Summary.Roles).Select(static role => role.Revision),
        .. look.Groups.Select(static group => group.Revision),
        look.Observed.Serving.Status.CurrentRevision,
    ];

    private static IEnumerable<int> Forgotten(ServingLook look, ImmutableArray<GroupOrder> orders)
    {
        var wanted = look.Groups.Select(static group => group.Ordinal).Concat(orders.Select(static order => order.Ordinal)).ToHashSet();
        return look.Observed.Groups.Select(static child => child.Summary.Ordinal).Where(ordinal => !wanted.Contains(ordinal));
    }

    private static bool IsInForce(GroupOrder order, ServingObservation observed)
    {
        // Ascending by ordinal, so a binary search finds the group among thousands.
        int low = 0, high = observed.Groups.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            GroupChild child = observed.Groups[middle];
            if (child.Summary.Ordinal == order.Ordinal)
                return child.Summary.IsAssigned && order.Assignment == child.Assigned;
            (low, high) = child.Summary.Ordinal < order.Ordinal ? (middle + 1, high) : (low, middle - 1);
        }
        return false;
    }
}
