using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>Says what a role instance saw, and why its plan asks for what it asks for.</summary>
public static class RoleReasons
{
    /// <summary>What was seen, in one line.</summary>
    /// <param name="observed">What was seen.</param>
    /// <param name="plan">What follows from it.</param>
    public static string Seen(RoleObservation observed, RolePlan plan)
    {
        IEnumerable<string> pods = observed.Pods.Select(static pod =>
            $"{pod.Metadata.Name} {(pod.Metadata.DeletionTimestamp is not null ? "Terminating" : pod.IsServing ? "Ready" : pod.Phase)}");
        IEnumerable<string> taken = observed.TakenNames.Select(static name => $"{name} held by another owner");
        string before = observed.Previous is { } previous ? $", was {previous.Phase}" : "";
        return string.Join(", ", [$"{plan.Summary.Phase}{before}", .. pods, .. taken]);
    }

    /// <summary>The reasons in one line.</summary>
    /// <param name="goal">What is wanted.</param>
    /// <param name="observed">What was seen.</param>
    /// <param name="plan">What follows from it.</param>
    public static string Of(RoleGoal? goal, RoleObservation observed, RolePlan plan) =>
        string.Join("; ", plan.Writes.Select(write => Why(goal, observed, plan, write)).Distinct(StringComparer.Ordinal));

    private static string Why(RoleGoal? goal, RoleObservation observed, RolePlan plan, ClusterWrite write) => write switch
    {
        CreateObject { Kind: { Kind: "Pod" } } when plan.Summary.BackoffStep > 0 => $"pods are missing after rebuild {plan.Summary.BackoffStep} in a row",
        CreateObject { Kind: { Kind: "Pod" } } => "pods are missing",
        CreateObject => $"the {write.Kind.Kind} is missing",
        DeleteObject when goal is { Assignment.IsDeleting: true } => "its group was told that it goes",
        DeleteObject { Kind: { Kind: "Pod" } } when plan.Summary.Trouble.Length > 0 => $"a pod failed or was lost ({plan.Summary.Trouble})",
        DeleteObject { Kind: { Kind: "Pod" } } => "a pod failed or was lost, and its instance is rebuilt whole",
        DeleteObject => $"the {write.Kind.Kind} is not wanted any more",
        PatchObject { Kind.Kind: "ModelServing" } => "how often it was rebuilt is noted on the ModelServing while no pod can bear it",
        PatchObject when goal is { Assignment.IsDeleting: true } => "a pod that serves drains before it goes",
        PatchObject => "what must outlast this process is noted on the pod",
        RecordEvent { IsWarning: true } => $"trouble is new: {plan.Summary.Trouble}",
        RecordEvent => observed.Previous is { } previous && previous.Phase != plan.Summary.Phase
            ? $"it went from {previous.Phase} to {plan.Summary.Phase}"
            : $"it is {plan.Summary.Phase}",
        _ => write.ToString() ?? "",
    };
}
