using Kthena.Model.Resources;

namespace Kthena.Planning.Serving;

/// <summary>
/// What keeps a role instance from running, in words that stay the same while it lasts: states that alternate, such as a
/// failed pull and the wait after it, are one trouble.
/// </summary>
internal static class RoleTrouble
{
    private const string QuotaExceeded = nameof(QuotaExceeded);
    private const string WriteRefused = nameof(WriteRefused);
    private const string NameTaken = nameof(NameTaken);

    private static readonly TimeSpan SchedulerPatience = TimeSpan.FromMinutes(1);

    /// <summary>The first trouble of the pods, or empty.</summary>
    /// <param name="look">The look.</param>
    public static string Of(RoleLook look)
    {
        if (look.Live.FirstOrDefault(static member => member.IsBackingOff) is { } crashing)
            return $"CrashLoop: pod {crashing.Pod.Metadata.Name} fails again and again, rebuild {crashing.Step + 1} waits for {CrashBackoff.WaitAfter(crashing.Step).TotalSeconds:0} s";
        return look.Live.Where(static member => !member.Pod.IsServing).Select(static member => Of(member.Pod)).FirstOrDefault(static trouble => trouble.Length > 0)
            ?? look.Live.Where(member => SilenceEnds(member.Pod) <= look.Now)
                .Select(member => $"SchedulerSilent: no scheduler called '{look.SchedulerName}' has said a word about pod {member.Pod.Metadata.Name}; is it running?")
                .FirstOrDefault()
            ?? Refused(look.Observed.Refusal);
    }

    /// <summary>When a pod that no scheduler has looked at yet is worth a word; null for one that is placed or was looked at.</summary>
    /// <param name="pod">The pod.</param>
    public static DateTimeOffset? SilenceEnds(Pod pod) =>
        pod is { Phase: "Pending", NodeName: null } && !pod.Conditions.Any(static condition => condition.Type == "PodScheduled")
            ? pod.Metadata.CreationTimestamp + SchedulerPatience
            : null;

    /// <summary>Whether a trouble is a write that the API server refused. Those who tried it have told of it.</summary>
    /// <param name="trouble">The trouble.</param>
    public static bool IsRefusal(string trouble) =>
        trouble.StartsWith(QuotaExceeded, StringComparison.Ordinal) || trouble.StartsWith(WriteRefused, StringComparison.Ordinal)
        || trouble.StartsWith(NameTaken, StringComparison.Ordinal);

    /// <summary>A write that the API server refused, as a trouble; empty when it refused none.</summary>
    /// <param name="refusal">What it refused, and its words.</param>
    public static string Refused(string refusal) => refusal.Length == 0
        ? ""
        : $"{Kind(refusal)}: {refusal}";

    private static string Kind(string refusal) =>
        refusal.Contains("exceeded quota", StringComparison.Ordinal) ? QuotaExceeded
        : refusal.Contains("belongs to somebody else", StringComparison.Ordinal) ? NameTaken
        : WriteRefused;

    private static string Of(Pod pod)
    {
        string name = pod.Metadata.Name;
        foreach (ContainerStatus container in pod.ContainerStatuses)
        {
            switch (container.WaitingReason)
            {
                case "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" or "ErrImageNeverPull":
                    // The message alternates between the failure and the wait; the image does not.
                    return $"ImagePullFailed: pod {name} cannot pull {(container.Image is { Length: > 0 } image ? $"image '{image}'" : "the image")} of container {container.Name}";
                case "CreateContainerConfigError" or "CreateContainerError":
                    return $"ContainerNotCreated: pod {name} cannot create container {container.Name}{(container.WaitingMessage is { Length: > 0 } message ? $": {message}" : "")}";
                case "CrashLoopBackOff":
                    return $"ContainerCrashing: container {container.Name} of pod {name} crashes again and again";
            }
        }
        return pod.Conditions.Any(static condition => condition is { Type: "PodScheduled", Status: "False", Reason: "Unschedulable" })
            ? $"Unschedulable: no node takes pod {name}"
            : "";
    }
}
