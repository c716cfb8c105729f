using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>
/// The condition of a rollout that stands without progress. While it is False its transition time is that of the last
/// progress: the one fact of a rollout that nothing else tells.
/// </summary>
internal static class RolloutStall
{
    /// <summary>The condition's type.</summary>
    public const string ConditionType = "RolloutStalled";

    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(10);

    /// <summary>The condition of a rollout that is under way and not paused; none otherwise.</summary>
    /// <param name="look">The look.</param>
    /// <param name="isUpdating">Whether a rollout is under way.</param>
    /// <param name="now">The instant of the look, in whole seconds.</param>
    public static IEnumerable<Condition> Of(ServingLook look, bool isUpdating, DateTimeOffset now)
    {
        if (!isUpdating || look.IsPaused)
            yield break;
        RoleSummary[] built = [.. look.Groups.SelectMany(static group => group.Child.Summary.Roles).Where(static role => role.PodUids.Length > 0)];
        int replaced = built.Count(role => role.Phase == RolePhase.Running && !look.IsOutdated(role));
        string progress = $"{replaced} role instances run revision {look.Revisions.Update}";
        Condition? before = look.Observed.Serving.Status.Conditions.FirstOrDefault(static condition => condition.Type == ConditionType);
        long generation = look.Observed.Serving.Metadata.Generation;
        if (before is null || before.Message != progress || before.LastTransitionTime is null)
        {
            yield return new Condition(ConditionType, "False")
            {
                Reason = "RolloutProgressing",
                Message = progress,
                LastTransitionTime = now,
                ObservedGeneration = generation,
            };
        }
        else if (!before.IsTrue && now - before.LastTransitionTime >= DeadlineOf(look))
        {
            yield return before with { Status = "True", Reason = "ProgressDeadlineExceeded", LastTransitionTime = now, ObservedGeneration = generation };
        }
        else
        {
            yield return before with { ObservedGeneration = generation };
        }
    }

    /// <summary>When the condition becomes True if nothing moves; null when it is not to be awaited.</summary>
    /// <param name="look">The look.</param>
    /// <param name="conditions">The conditions as they are to be reported.</param>
    public static DateTimeOffset? Deadline(ServingLook look, ImmutableArray<Condition> conditions) =>
        conditions.FirstOrDefault(static condition => condition is { Type: ConditionType, IsTrue: false })?.LastTransitionTime + DeadlineOf(look);

    private static TimeSpan DeadlineOf(ServingLook look) => look.Spec.RolloutStrategy.ProgressDeadline ?? DefaultDeadline;
}
