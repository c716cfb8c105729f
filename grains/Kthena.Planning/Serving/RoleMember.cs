using System.Globalization;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>How one pod of a role instance is.</summary>
internal enum MemberState
{
    /// <summary>Not running or not ready yet.</summary>
    Starting,

    /// <summary>Running and ready.</summary>
    Ready,

    /// <summary>Failed or restarted; it may still recover by itself.</summary>
    Degraded,

    /// <summary>Failed or restarted, and its grace period is over.</summary>
    Failed,

    /// <summary>Being deleted.</summary>
    Terminating,
}

/// <summary>One pod of a role instance, classified.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="State">How it is.</param>
/// <param name="Deadline">Of a degraded pod: when its grace period ends.</param>
internal sealed record RoleMember(Pod Pod, MemberState State, DateTimeOffset? Deadline)
{
    /// <summary>Of a pod that failed: how often its instance was rebuilt before.</summary>
    public int Step { get; init; }

    /// <summary>Whether the pod would be rebuilt, had that not happened too often of late.</summary>
    public bool IsBackingOff { get; init; }

    /// <summary>Restarts that were forgiven.</summary>
    public static int BaselineOf(Pod pod) =>
        int.TryParse(pod.Metadata.Annotations[ServingLabels.RestartBaseline], NumberStyles.None, CultureInfo.InvariantCulture, out int baseline)
            ? baseline
            : 0;

    /// <summary>The deletion cost that users give a pod; 0 when absent or unreadable.</summary>
    public static long DeletionCostOf(Pod pod) =>
        int.TryParse(pod.Metadata.Annotations[ServingLabels.PodDeletionCost], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int cost)
            ? cost
            : 0;

    /// <summary>Whether other software made the pod: nothing is written on it.</summary>
    public bool IsAdopted { get; init; }

    /// <summary>Whether the pod restarted within its grace period and is ready again: then the restart is forgiven.</summary>
    public bool IsForgiven => State == MemberState.Ready && Pod.RestartCount > BaselineOf(Pod) && !IsAdopted;

    /// <summary>
    /// Whether other software made the pod: it bears the revision that it is wanted at, but not the hash that pods made here
    /// have for their role.
    /// </summary>
    /// <param name="pod">The pod.</param>
    /// <param name="assignment">What is wanted of its role instance; null while that is not known.</param>
    public static bool IsMadeElsewhere(Pod pod, RoleAssignment? assignment) =>
        assignment is { IsDeleting: false }
        && pod.Metadata.Labels[ServingLabels.Revision] == assignment.Revision
        && pod.Metadata.Labels[ServingLabels.RoleTemplateHash] != assignment.Role.TemplateHash;

    /// <summary>Classifies a pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="assignment">What is wanted of its role instance; null while that is not known.</param>
    /// <param name="now">The instant of the look.</param>
    public static RoleMember Classify(Pod pod, RoleAssignment? assignment, DateTimeOffset now)
    {
        ServingPolicies? policies = assignment?.Policies;
        bool isAdopted = IsMadeElsewhere(pod, assignment);
        if (pod.Metadata.DeletionTimestamp is not null)
            return new RoleMember(pod, MemberState.Terminating, null);
        // A server never ends by itself, so a pod that succeeded is as gone as one that failed.
        bool ended = pod.Phase is "Failed" or "Succeeded";
        bool restarted = pod.RestartCount > BaselineOf(pod) && policies is { RecoveryPolicy: not RecoveryPolicy.None };
        TimeSpan grace = policies?.RestartGrace ?? TimeSpan.Zero;
        // How often a pod restarted before it was taken over is no failure of now.
        bool recovered = pod.IsServing && (grace > TimeSpan.Zero || isAdopted);
        if (!ended && (!restarted || recovered))
            return new RoleMember(pod, pod.IsServing ? MemberState.Ready : MemberState.Starting, null) { IsAdopted = isAdopted };
        DateTimeOffset since = FailedSince(pod);
        int step = policies is { RecoveryPolicy: not RecoveryPolicy.None } ? CrashBackoff.StepOf(pod, since) : 0;
        TimeSpan wait = CrashBackoff.WaitAfter(step);
        DateTimeOffset deadline = since + (wait > grace ? wait : grace);
        return deadline > now
            ? new RoleMember(pod, MemberState.Degraded, deadline) { Step = step, IsBackingOff = since + grace <= now }
            : new RoleMember(pod, MemberState.Failed, null) { Step = step };
    }

    private static DateTimeOffset FailedSince(Pod pod)
    {
        Condition? unready = pod.Conditions.FirstOrDefault(static condition => condition is { Type: "Ready", IsTrue: false });
        return unready?.LastTransitionTime ?? pod.StartTime ?? pod.Metadata.CreationTimestamp;
    }
}
