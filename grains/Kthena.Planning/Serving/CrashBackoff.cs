using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>
/// How long a role instance that failed again waits before it is rebuilt: not at all the first time, then 10 s, doubling up
/// to 5 min. The count is on the pods, so it survives every restart of the control plane; an instance that lasted for
/// 10 min starts anew.
/// </summary>
internal static class CrashBackoff
{
    private const int StepMax = 10;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Lasting = TimeSpan.FromMinutes(10);

    /// <summary>How often the instance was rebuilt before this pod came to be, unless that is long ago.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="failedSince">When it failed.</param>
    public static int StepOf(Pod pod, DateTimeOffset failedSince)
    {
        bool isCounted = int.TryParse(
            pod.Metadata.Annotations[ServingLabels.BackoffStep], NumberStyles.None, CultureInfo.InvariantCulture, out int step);
        return isCounted && failedSince - pod.Metadata.CreationTimestamp < Lasting ? Math.Min(step, StepMax) : 0;
    }

    /// <summary>The wait before the next rebuild.</summary>
    /// <param name="step">How often it was rebuilt before.</param>
    public static TimeSpan WaitAfter(int step)
    {
        if (step <= 0)
            return TimeSpan.Zero;
        TimeSpan wait = First * Math.Pow(2, Math.Min(step, StepMax) - 1);
        return wait < Longest ? wait : Longest;
    }

    /// <summary>The step that the ModelServing keeps of an instance without pods; 0 for none.</summary>
    /// <param name="servingAnnotations">The ModelServing's annotations.</param>
    /// <param name="key">The instance.</param>
    public static int Recorded(LabelSet servingAnnotations, RoleKey key) =>
        int.TryParse(servingAnnotations[Annotation(key)], NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? Math.Min(step, StepMax) : 0;

    /// <summary>Puts the step of an instance on its ModelServing. What cannot be kept must not keep it from healing.</summary>
    /// <param name="key">The instance.</param>
    /// <param name="step">The step; 0 takes it away.</param>
    public static PatchObject Record(RoleKey key, int step)
    {
        JsonNode? value = step > 0 ? JsonValue.Create(step.ToString(CultureInfo.InvariantCulture)) : null;
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Annotation(key)] = value } } };
        return new PatchObject(ResourceKinds.ModelServing, key.Group.Serving, patch.ToRaw(), resourceVersion: null) { MayBeRefused = true };
    }

    /// <summary>
    /// Takes away the steps of instances that are not there and not wanted any more: those that a scale-down met while they had
    /// no pod, so that nobody else remembers them. Null when there are none.
    /// </summary>
    /// <param name="look">The look.</param>
    public static PatchObject? Forget(ServingLook look)
    {
        var gone = new JsonObject();
        foreach ((string annotation, _) in look.Observed.Serving.Metadata.Annotations.Pairs)
        {
            if (annotation.StartsWith(ServingLabels.BackoffOf, StringComparison.Ordinal) && !IsOfInstance(look, annotation[ServingLabels.BackoffOf.Length..].Split('.')))
                gone[annotation] = null;
        }
        return gone.Count == 0
            ? null
            : new PatchObject(
                ResourceKinds.ModelServing,
                look.Observed.Serving.Metadata.Key,
                new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = gone } }.ToRaw(),
                resourceVersion: null)
            {
                MayBeRefused = true,
            };
    }

    private static bool IsOfInstance(ServingLook look, string[] parts) =>
        parts.Length == 3
        && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int group)
        && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal)
        && (look.Groups.Any(view => view.Ordinal == group && view.Child.Summary.Roles.Any(role => role.Role == parts[1] && role.Ordinal == ordinal))
            || (group < look.Desired && look.Spec.Roles.Any(role => role.Name == parts[1] && ordinal < role.Replicas)));

    private static string Annotation(RoleKey key) =>
        string.Create(CultureInfo.InvariantCulture, $"{ServingLabels.BackoffOf}{key.Group.Ordinal}.{key.Role}.{key.Ordinal}");

    /// <summary>The step of the pods to create next.</summary>
    /// <param name="step">The step of those that failed.</param>
    public static int Next(int step) => Math.Min(step + 1, StepMax);
}
