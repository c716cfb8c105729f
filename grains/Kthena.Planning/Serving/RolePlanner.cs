using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>
/// Keeps one role instance as its group wants it: the headless Service, then the entry pod, then the workers.
///
/// Rebuilding under RoleRecreate keeps the evidence until last: the pods that are well are deleted before the one that
/// failed, so that a look after a crash half-way comes to the same decision. A pod that is missing was either never
/// created or lost. It was lost if workers stand without an entry pod (which is always created first), or if the entry
/// pod says that the instance was once complete.
/// </summary>
public static class RolePlanner
{
    /// <summary>Plans for one role instance.</summary>
    /// <param name="key">The instance.</param>
    /// <param name="goal">What is wanted; null while that is not known, and then nothing is written.</param>
    /// <param name="observed">What is seen.</param>
    /// <param name="now">The instant of the look.</param>
    public static RolePlan Plan(RoleKey key, RoleGoal? goal, RoleObservation observed, DateTimeOffset now)
    {
        var look = new RoleLook(key, goal, observed, now);
        RoleSummary summary = look.Summarize();
        bool mayWrite = goal is not null && observed.OwnerUid is not null && goal.Assignment.Policies.ServingUid == observed.OwnerUid;
        var plugins = new PluginCalls(look, goal);
        ImmutableArray<ClusterWrite> writes = mayWrite ? [.. Write(look, goal!, summary, plugins, now)] : [];
        if (summary.Trouble.Length == 0 && plugins.Trouble.Length > 0)
            summary = summary with { Trouble = plugins.Trouble };
        if (mayWrite)
            writes = writes.AddRange(Tell(look, goal!, summary));
        DateTimeOffset? drained = goal is null ? null : Victims(look, goal.Assignment).Min(victim => RoleDrain.End(victim, goal.Assignment, now));
        return new RolePlan(summary)
        {
            Writes = writes,
            HasPluginFailed = plugins.Trouble.Length > 0,
            RequeueAfter = look.Members.Select(static member => member.Deadline)
                .Concat(look.Live.Select(static member => RoleTrouble.SilenceEnds(member.Pod)).Where(end => end > now))
                .Append(drained)
                .Append(look.HeldUntil)
                .Append(now + plugins.RetryAfter)
                .Min() - now,
        };
    }

    private static IEnumerable<ClusterWrite> Tell(RoleLook look, RoleGoal goal, RoleSummary summary) =>
        summary.Trouble.Length > 0
        && !RoleTrouble.IsRefusal(summary.Trouble)
        && look.Observed.Previous is { } previous
        && previous.Trouble != summary.Trouble
            ? [ServingEvents.Trouble(look.Key, goal, summary.Trouble)]
            : [];

    private static IEnumerable<ClusterWrite> Write(
        RoleLook look, RoleGoal goal, RoleSummary summary, PluginCalls plugins, DateTimeOffset now)
    {
        if (goal.Assignment.IsDeleting)
            return TakeAway(look, goal.Assignment, summary.BackoffStep, now);
        IEnumerable<ClusterWrite> running =
            summary.Phase == RolePhase.Running && look.Observed.Previous is { Phase: not RolePhase.Running }
                ? [ServingEvents.Role(look.Key, goal, "Running")]
                : [];
        return goal.Assignment.Policies.RecoveryPolicy switch
        {
            RecoveryPolicy.RoleRecreate when look.IsBroken => Rebuild(look, goal, summary.BackoffStep),
            RecoveryPolicy.ServingGroupRecreate when look.IsBroken => [],
            _ => [.. Fill(look, goal, plugins, summary.BackoffStep), .. Remember(look, goal), .. JoinGang(look, goal), .. plugins.Mark(), .. running],
        };
    }

    private static IEnumerable<RoleMember> Victims(RoleLook look, RoleAssignment assignment) => assignment.IsDeleting
        ? look.Live.Where(member => assignment.VictimUids.Contains(member.Pod.Metadata.Uid))
        : [];

    private static IEnumerable<ClusterWrite> TakeAway(RoleLook look, RoleAssignment assignment, int backoffStep, DateTimeOffset now)
    {
        ImmutableArray<RoleMember> victims = [.. Victims(look, assignment)];
        if (assignment.Drains ? look.RecordedStep > 0 : victims.Length > 0 && look.RecordedStep < backoffStep)
            yield return CrashBackoff.Record(look.Key, backoffStep);
        int gone = 0;
        foreach (RoleMember victim in victims)
        {
            if (RoleDrain.MustBegin(victim, assignment))
            {
                yield return Annotate(victim.Pod, ServingLabels.Draining, RoleDrain.Write(now));
            }
            else if (RoleDrain.End(victim, assignment, now) is null)
            {
                gone++;
                yield return Delete(victim.Pod);
            }
        }
        if (gone < look.Live.Length)
            yield break;
        foreach (Service service in look.LiveServices)
            yield return new DeleteObject(ResourceKinds.Service, service.Metadata.Key, service.Metadata.Uid);
        if (victims.Length > 0)
            yield return ServingEvents.Role(look.Key, assignment, "Deleting");
    }

    private static IEnumerable<ClusterWrite> Rebuild(RoleLook look, RoleGoal goal, int backoffStep)
    {
        if (look.Live.Length == 0)
            yield break;
        if (look.RecordedStep < backoffStep)
            yield return CrashBackoff.Record(look.Key, backoffStep);
        yield return ServingEvents.Recreating(look, goal);
        IOrderedEnumerable<RoleMember> evidenceLast = look.Live
            .OrderBy(static member => member.State == MemberState.Failed)
            .ThenByDescending(member => RoleLook.IndexOf(member.Pod));
        foreach (RoleMember member in evidenceLast)
            yield return Delete(member.Pod);
        yield return ServingEvents.Role(look.Key, goal, "Deleting");
    }

    private static IEnumerable<ClusterWrite> Fill(RoleLook look, RoleGoal goal, PluginCalls plugins, int backoffStep)
    {
        // Names of a deleted namesake's objects are taken until garbage collection frees them; their deletion wakes us.
        if (look.Missing.Any(index => look.Observed.TakenNames.Contains(look.Key.PodName(index))))
            yield break;
        ImmutableArray<CreateObject> missing = plugins.BuildMissing(backoffStep);
        if (plugins.Trouble.Length > 0)
            yield break;
        bool wantsService = goal.Spec.WorkerTemplate is not null;
        if (wantsService && look.Observed.Services.Length == 0)
            yield return RoleObjects.Service(look.Key, goal);
        if (!wantsService)
        {
            foreach (Service service in look.LiveServices)
                yield return new DeleteObject(ResourceKinds.Service, service.Metadata.Key, service.Metadata.Uid);
        }
        if (look.Members.Length == 0 && look.Observed.Refusal.Length == 0)
            yield return ServingEvents.Role(look.Key, goal, "Creating");
        if (look.HeldUntil is not null)
            yield break;
        foreach (CreateObject pod in missing)
            yield return pod;
    }

    private static IEnumerable<ClusterWrite> Remember(RoleLook look, RoleGoal goal)
    {
        // A single pod leaves nobody of its instance behind to be asked whether it was lost; of its group it may.
        string? mark = goal.Assignment.Policies.RecoveryPolicy switch
        {
            RecoveryPolicy.RoleRecreate when goal.Spec.PodsPerInstance > 1 => "true",
            RecoveryPolicy.ServingGroupRecreate when goal.Assignment.GroupShape.Length > 0 => goal.Assignment.GroupShape,
            _ => null,
        };
        if (mark is not null
            && !look.IsAdopted
            && look.Missing.Length == 0
            && look.Entry is { Metadata.DeletionTimestamp: null } entry
            && entry.Metadata.Annotations[ServingLabels.Assembled] != mark)
        {
            yield return Annotate(entry, ServingLabels.Assembled, mark);
        }
        if (look.RecordedStep > 0 && look.Missing.Length == 0)
            yield return CrashBackoff.Record(look.Key, step: 0);
        foreach (RoleMember member in look.Members.Where(static member => member.IsForgiven))
        {
            yield return Annotate(
                member.Pod, ServingLabels.RestartBaseline, member.Pod.RestartCount.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>
    /// Pods that came to be before their PodGroup join it, running or not: else those that come after them would wait for
    /// members that never show up. Only metadata changes; no pod restarts.
    /// </summary>
    private static IEnumerable<ClusterWrite> JoinGang(RoleLook look, RoleGoal goal)
    {
        if (!goal.Assignment.Policies.IsGangScheduled)
            yield break;
        foreach (RoleMember member in look.Live.Where(member => member.Pod.Metadata.Annotations[GangLabels.GroupName] != look.Key.Group.Name))
        {
            JsonObject annotations = RoleObjects.GangAnnotations(look.Key, goal.Assignment.Policies);
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } };
            yield return new PatchObject(ResourceKinds.Pod, member.Pod.Metadata.Key, patch.ToRaw(), member.Pod.Metadata.ResourceVersion);
        }
    }

    private static DeleteObject Delete(Pod pod) => new(ResourceKinds.Pod, pod.Metadata.Key, pod.Metadata.Uid);

    private static PatchObject Annotate(Pod pod, string annotation, string value)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [annotation] = value } } };
        return new PatchObject(ResourceKinds.Pod, pod.Metadata.Key, patch.ToRaw(), pod.Metadata.ResourceVersion);
    }
}
