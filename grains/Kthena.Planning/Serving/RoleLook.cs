using System.Collections.Immutable;
using System.Globalization;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>One look at a role instance: its pods classified, and what follows from them.</summary>
internal sealed class RoleLook
{
    /// <summary>Longer than two activations of one grain live side by side.</summary>
    private static readonly TimeSpan BuildTimeMax = TimeSpan.FromMinutes(1);

    private readonly RoleGoal? _goal;
    private readonly DateTimeOffset _now;

    public RoleLook(RoleKey key, RoleGoal? goal, RoleObservation observed, DateTimeOffset now)
    {
        Key = key;
        Observed = observed;
        _now = now;
        _goal = goal;
        Now = now;
        Members = [.. observed.Pods.Select(pod => RoleMember.Classify(pod, goal?.Assignment, now))];
        Live = [.. Members.Where(static member => member.State != MemberState.Terminating)];
        LiveServices = [.. observed.Services.Where(static service => service.Metadata.DeletionTimestamp is null)];
        Entry = observed.Pods.FirstOrDefault(pod => pod.Metadata.Name == key.PodName(0));
        var names = observed.Pods.Select(static pod => pod.Metadata.Name).ToImmutableSortedSet(StringComparer.Ordinal);
        Missing = [.. Enumerable.Range(0, goal?.Spec.PodsPerInstance ?? 0).Where(index => !names.Contains(key.PodName(index)))];
    }

    public RoleKey Key { get; }

    public RoleObservation Observed { get; }

    /// <summary>The instant of the look.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>The scheduler that the pods are meant for; empty while that is not known.</summary>
    public string SchedulerName => _goal?.Assignment.Policies.SchedulerName ?? "";

    /// <summary>The instance's own pods.</summary>
    public ImmutableArray<RoleMember> Members { get; }

    /// <summary>Those that are not being deleted.</summary>
    public ImmutableArray<RoleMember> Live { get; }

    public ImmutableArray<Service> LiveServices { get; }

    public Pod? Entry { get; }

    /// <summary>
    /// Whether other software made the entry pod. It bears no mark of ours that the instance was once complete, and gets none:
    /// an instance that was taken over is held to have been complete.
    /// </summary>
    public bool IsAdopted => Entry is not null && RoleMember.IsMadeElsewhere(Entry, _goal?.Assignment);

    /// <summary>The indexes of pods that do not exist, ascending. A pod that is being deleted still holds its name.</summary>
    public ImmutableArray<int> Missing { get; }

    /// <summary>
    /// Those of <see cref="Missing"/> that may be made now. Workers that await their entry pod await it once: where one of them stands, the
    /// others have begun too.
    /// </summary>
    public ImmutableArray<int> Due =>
        _goal is { Spec.WorkersAwaitEntry: true } && Entry is not { IsServing: true } && !Live.Any(static member => IndexOf(member.Pod) > 0)
            ? [.. Missing.Where(static index => index == 0)]
            : Missing;

    /// <summary>
    /// Until when missing pods are left to another activation that began to build the instance at another revision a moment ago:
    /// pods of two revisions make no instance. Null where nobody did.
    /// </summary>
    public DateTimeOffset? HeldUntil => Missing.Length > 0
        && _goal is { Assignment: { IsDeleting: false } assignment }
        && Entry is { } entry
        && entry.Metadata.Labels[ServingLabels.Revision] != assignment.Revision
        && entry.Metadata.Labels[ServingLabels.RoleTemplateHash] != assignment.Role.TemplateHash
        && entry.Metadata.CreationTimestamp + BuildTimeMax is var end
        && end > _now
            ? end
            : null;

    /// <summary>Whether the instance, or its group, has to be rebuilt where the policy says so.</summary>
    public bool IsBroken =>
        Members.Any(static member => member.State is MemberState.Failed or MemberState.Terminating) || IsLost;

    private RecoveryPolicy? Policy => _goal?.Assignment.Policies.RecoveryPolicy;

    /// <summary>
    /// Whether a pod that once was there is missing. When all of an instance vanish at once, nothing of its own can tell:
    /// then its group knows from the entry pods of the others whether it was whole.
    /// </summary>
    private bool IsLost =>
        (Entry is null && Members.Length > 0)
        || (Missing.Length > 0 && (IsAdopted || Entry?.Metadata.Annotations[ServingLabels.Assembled] is not null))
        || (Policy == RecoveryPolicy.ServingGroupRecreate
            && Missing.Length > 0
            && _goal is { Assignment.GroupShape.Length: > 0 });

    public static int IndexOf(Pod pod)
    {
        string name = pod.Metadata.Name;
        return int.TryParse(name.AsSpan(name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? index
            : int.MaxValue;
    }

    public RoleSummary Summarize()
    {
        RoleAssignment? assignment = _goal?.Assignment;
        Pod? first = Observed.Pods.FirstOrDefault();
        return new RoleSummary(Key.Role, Key.Ordinal, Phase())
        {
            Revision = first?.Metadata.Labels[ServingLabels.Revision] ?? assignment?.Revision ?? "",
            TemplateHash = first?.Metadata.Labels[ServingLabels.RoleTemplateHash] ?? assignment?.Role.TemplateHash ?? "",
            DeletionCost = Members.Sum(static member => RoleMember.DeletionCostOf(member.Pod)),
            PodUids = [.. Observed.Pods.Select(static pod => pod.Metadata.Uid).Order(StringComparer.Ordinal)],
            HasService = Observed.Services.Length > 0,
            IsAssigned = assignment is not null,
            IsDeleting = assignment is { IsDeleting: true },
            BackoffStep = NextStep(),
            Trouble = assignment is { IsDeleting: true } ? "" : RoleTrouble.Of(this),
            GroupShape = Entry?.Metadata.Annotations[ServingLabels.Assembled] ?? "",
        };
    }

    /// <summary>The step that the ModelServing keeps of the instance.</summary>
    public int RecordedStep => CrashBackoff.Recorded(Observed.OwnerAnnotations, Key);

    /// <summary>The step that pods created next bear. The ModelServing keeps it while no pod is left that could.</summary>
    private int NextStep()
    {
        if (Policy is null or RecoveryPolicy.None || _goal is { Assignment: { IsDeleting: true, Drains: true } })
            return 0;
        if (Members.Any(static member => member.State == MemberState.Failed))
            return CrashBackoff.Next(Members.Max(static member => member.Step));
        int own = Members.Select(static member => CrashBackoff.StepOf(member.Pod, member.Pod.Metadata.CreationTimestamp)).DefaultIfEmpty().Max();
        return Math.Max(own, RecordedStep);
    }

    /// <summary>The phase; the first row that holds wins.</summary>
    private RolePhase Phase()
    {
        bool heals = Policy is RecoveryPolicy.RoleRecreate or RecoveryPolicy.ServingGroupRecreate;
        if (Members.Any(static member => member.State == MemberState.Terminating))
            return RolePhase.Terminating;
        if (Members.Any(static member => member.State == MemberState.Failed) || (heals && IsLost && _goal is { Assignment.IsDeleting: false }))
            return RolePhase.Failed;
        if (Members.Any(static member => member.State == MemberState.Degraded))
            return RolePhase.Degraded;
        if (Members.Length == 0)
            return RolePhase.Absent;
        if (Missing.Length > 0)
            return RolePhase.Incomplete;
        return Members.All(static member => member.State == MemberState.Ready) ? RolePhase.Running : RolePhase.Starting;
    }
}
