using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Planning.Gang;

namespace Kthena.Planning.Serving;

/// <summary>
/// The three conditions. Upstream's types, reasons and messages where it has one; here at most one of the three is True (none
/// when scaled to zero; a paused rollout is one besides <c>Available</c>),
/// numbers in messages are ordinals, and transition times and generations are kept.
/// </summary>
internal static class ServingConditions
{
    private const int OrdinalsShownMax = 50;
    private const int TroubleLengthMax = 256;
    private const string InvalidType = "Invalid";
    private const string FailingType = "RolesFailing";

    /// <summary>Conditions that stand only while they have something to say.</summary>
    private static readonly string[] Removable = [InvalidType, FailingType, RolloutStall.ConditionType, PrunedFields.ConditionType, GangWish.ConditionType];

    /// <summary>The conditions to report; those of other writers stay.</summary>
    /// <param name="look">The look.</param>
    /// <param name="now">The instant of the look.</param>
    public static ImmutableArray<Condition> Of(ServingLook look, DateTimeOffset now)
    {
        string update = look.Revisions.Update;
        ImmutableArray<int> progressing =
        [
            .. look.Groups.Where(static group => !group.IsRunning).Select(static group => group.Ordinal)
                .Concat(LowestGaps.In(
                    look.Groups.Select(static group => group.Ordinal).ToHashSet(),
                    look.Spec.Replicas,
                    Math.Min(look.Spec.Replicas - look.Groups.Length, OrdinalsShownMax + 1)))
                .Order(),
        ];
        int outdated = look.Staying.Count(look.IsBehind);
        bool isReplacing = look.UnderWay.Any(static operation => operation.Step is OperationStep.RollingUpdate or OperationStep.RoleRollingUpdate);
        bool isUpdating = outdated > 0 || isReplacing;
        bool isSettled = !isUpdating && progressing.Length == 0;
        string progress = $"Some groups is progressing: {Show(progressing)}";
        string updated = $"{(progressing.Length == 0 ? "" : $"{progress}, ")}Updated Groups are: {Show([.. look.Staying.Where(group => group.Revision == update).Select(static group => group.Ordinal)])}";

        if (isUpdating && look.IsPaused)
            updated = $"The rollout is paused. {updated}";
        // A rollout that stands still takes nobody away: whoever waits for Available need not wait till it goes on.
        bool isAvailable = isSettled || (look.IsPaused && progressing.Length == 0);
        ImmutableArray<Condition> before = look.Observed.Serving.Status.Conditions;
        long generation = look.Observed.Serving.Metadata.Generation;
        Condition[] ours =
        [
            (isAvailable, look.Groups.Length) switch
            {
                (true, 0) => new Condition("Available", "False") { Reason = "ScaledToZero", Message = "No Serving group is wanted" },
                (true, _) => new Condition("Available", "True") { Reason = "AllGroupsReady", Message = "All Serving groups are ready" },
                (false, _) => new Condition("Available", "False") { Reason = "GroupsNotReady", Message = progressing.Length == 0 ? "An update is in progress" : progress },
            },
            isSettled || isUpdating
                ? new Condition("Progressing", "False")
                {
                    Reason = isSettled ? "NothingToDo" : "GroupsUpdating",
                    Message = isSettled ? "All Serving groups are as wanted" : "An update is in progress",
                }
                : new Condition("Progressing", "True") { Reason = "GroupProgressing", Message = progress },
            isUpdating
                ? new Condition("UpdateInProgress", "True") { Reason = look.IsPaused ? "RolloutPaused" : "GroupsUpdating", Message = updated }
                : new Condition("UpdateInProgress", "False") { Reason = "NoUpdate", Message = "No group waits for an update" },
        ];
        return
        [
            .. before.Where(condition => !Removable.Contains(condition.Type) && !ours.Any(other => other.Type == condition.Type)),
            .. ours.Select(condition => condition with
            {
                ObservedGeneration = generation,
                LastTransitionTime = before.FirstOrDefault(other => other.Type == condition.Type && other.Status == condition.Status)
                    ?.LastTransitionTime ?? ToSeconds(now),
            }),
            .. RolloutStall.Of(look, isUpdating, ToSeconds(now)),
            .. Failing(look, ToSeconds(now)),
            .. PrunedFields.Of(look.Observed.Serving, ToSeconds(now)),
            .. GangWish.Of(look, ToSeconds(now)),
        ];
    }

    /// <summary>What is known to keep role instances from running: a write of the ModelServing's own that was refused, or their own troubles.</summary>
    private static IEnumerable<Condition> Failing(ServingLook look, DateTimeOffset now)
    {
        (string Of, string Trouble)[] failing =
        [
            .. new[] { (Of: "", Trouble: RoleTrouble.Refused(look.Observed.Refusal)) }
                .Concat(look.Staying.SelectMany(static group => group.Child.Summary.Roles.Select(role => (Of: $"group {group.Ordinal} {role.Role}-{role.Ordinal}: ", role.Trouble))))
                .Where(static failure => failure.Trouble.Length > 0)
                .Take(OrdinalsShownMax + 1),
        ];
        if (failing.Length == 0)
            yield break;
        string first = failing[0].Trouble;
        Condition? before = look.Observed.Serving.Status.Conditions.FirstOrDefault(static condition => condition.Type == FailingType);
        yield return new Condition(FailingType, "True")
        {
            Reason = first[..first.IndexOf(':', StringComparison.Ordinal)],
            Message = string.Join("; ", failing.Take(OrdinalsShownMax).Select(static failure => $"{failure.Of}{PlanText.Clip(failure.Trouble, TroubleLengthMax)}"))
                + (failing.Length > OrdinalsShownMax ? "; and more" : ""),
            LastTransitionTime = before?.LastTransitionTime ?? now,
            ObservedGeneration = look.Observed.Serving.Metadata.Generation,
        };
    }

    /// <summary>The conditions of a spec that is not planned.</summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="problems">What is wrong.</param>
    /// <param name="now">The instant of the look.</param>
    public static ImmutableArray<Condition> WithInvalid(ModelServing serving, ImmutableArray<string> problems, DateTimeOffset now)
    {
        ImmutableArray<Condition> before = serving.Status.Conditions;
        return
        [
            .. before.Where(static condition => condition.Type != InvalidType),
            new Condition(InvalidType, "True")
            {
                Reason = "SpecCannotBePlanned",
                Message = $"Nothing is changed before this is mended: {string.Join("; ", problems)}",
                ObservedGeneration = serving.Metadata.Generation,
                LastTransitionTime = before.FirstOrDefault(static condition => condition is { Type: InvalidType, IsTrue: true })?.LastTransitionTime ?? ToSeconds(now),
            },
        ];
    }

    /// <summary>The API keeps seconds; comparing with more would find a difference at every look.</summary>
    private static DateTimeOffset ToSeconds(DateTimeOffset time) => new(time.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);

    private static string Show(ImmutableArray<int> ordinals) => ordinals.Length <= OrdinalsShownMax
        ? $"[{string.Join(' ', ordinals)}]"
        : $"[{string.Join(' ', ordinals.Take(OrdinalsShownMax))} ...]";
}
