using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Planning.Gang;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.LeaderWorkerSets;

/// <summary>
/// The status of a LeaderWorkerSet: its own project's fields and conditions, from what its ModelServing reports, and some of ours
/// that stand only while they have something to say.
/// </summary>
internal static class LeaderWorkerSetConditions
{
    private const string NameTaken = nameof(NameTaken);
    private const string FieldsNotMapped = nameof(FieldsNotMapped);
    private const string NotServed = nameof(NotServed);
    private const string NamesFailing = nameof(NamesFailing);

    /// <summary>What the ModelServing says of its troubles is said of the set in the same words.</summary>
    private static readonly string[] HandedOn = ["RolesFailing", GangWish.ConditionType, RolloutStall.ConditionType];

    private static readonly string[] Removable = [NameTaken, FieldsNotMapped, NotServed, NamesFailing, .. HandedOn];

    /// <summary>The write that brings the status up to date, or null when none is due now.</summary>
    /// <param name="observed">What is seen.</param>
    /// <param name="translation">The translation.</param>
    /// <param name="ownership">Whose the ModelServing is.</param>
    /// <param name="isChanging">Whether the ModelServing is about to be created or changed.</param>
    /// <param name="now">The instant of the look.</param>
    /// <param name="held">How long a write that may be due has to wait; null when it does not.</param>
    public static PatchObject? Plan(
        LeaderWorkerSetObservation observed, ServingTranslation translation, Ownership ownership, bool isChanging, DateTimeOffset now, out TimeSpan? held)
    {
        held = StatusPace.Wait(observed.StatusWrittenAt, now);
        if (held is not null)
            return null;
        LeaderWorkerSet set = observed.Set;
        ModelServing? serving = ownership == Ownership.Ours ? observed.Serving : null;
        var status = new LeaderWorkerSetStatus
        {
            Replicas = serving?.Status.Replicas ?? 0,
            ReadyReplicas = serving?.Status.AvailableReplicas ?? 0,
            UpdatedReplicas = serving?.Status.UpdatedReplicas ?? 0,
            HpaPodSelector = serving?.Status.LabelSelector ?? set.Status.HpaPodSelector,
            Conditions = Of(observed, translation, ownership, isChanging, new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), now.Offset)),
        };
        return status == set.Status
            ? null
            : new PatchObject(ResourceKinds.LeaderWorkerSet, set.Metadata.Key, Patch(status, set.Metadata.Generation), set.Metadata.ResourceVersion, "status");
    }

    /// <summary>The event of a name that was found taken; once, with the condition that says so.</summary>
    public static IEnumerable<RecordEvent> Told(LeaderWorkerSetObservation observed, Ownership ownership)
    {
        if (ownership == Ownership.Foreign && !observed.Set.Status.Conditions.Any(static condition => condition is { Type: NameTaken, IsTrue: true }))
        {
            yield return new RecordEvent(
                ResourceKinds.LeaderWorkerSet, observed.Set.Metadata.Key, observed.Set.Metadata.Uid, NameTaken, TakenMessage(observed))
            {
                IsWarning = true,
            };
        }
    }

    private static ImmutableArray<Condition> Of(
        LeaderWorkerSetObservation observed, ServingTranslation translation, Ownership ownership, bool isChanging, DateTimeOffset now)
    {
        ModelServing? serving = ownership == Ownership.Ours ? observed.Serving : null;
        ModelServingStatus? reported = serving?.Status;
        // What was reported of an older spec says nothing of the present one.
        bool isCurrent = serving is not null && !isChanging && reported!.ObservedGeneration >= serving.Metadata.Generation;
        bool isUpdating = isCurrent && Is(reported!, "UpdateInProgress");
        bool isAvailable = isCurrent && !isUpdating
            && (Is(reported!, "Available") || (serving!.Spec.Replicas == 0 && reported!.Replicas == 0));
        string progress = $"{reported?.AvailableReplicas ?? 0} of {reported?.Replicas ?? 0} groups are ready";
        Condition[] standing =
        [
            isAvailable
                ? new Condition("Available", "True") { Reason = "AllGroupsReady", Message = "All replicas are ready" }
                : new Condition("Available", "False") { Reason = "GroupsNotReady", Message = progress },
            isAvailable
                ? new Condition("Progressing", "False") { Reason = "AllGroupsReady", Message = "All replicas are ready" }
                : new Condition("Progressing", "True") { Reason = "GroupsProgressing", Message = progress },
            isUpdating
                ? new Condition("UpdateInProgress", "True") { Reason = "GroupsUpdating", Message = $"{reported!.UpdatedReplicas} of {reported.Replicas} groups are updated" }
                : new Condition("UpdateInProgress", "False") { Reason = "NoUpdate", Message = "No group waits for an update" },
        ];
        ImmutableArray<Condition> before = observed.Set.Status.Conditions;
        Condition[] ours = [.. standing, .. Troubles(observed, translation, ownership)];
        return
        [
            .. before.Where(condition => !Removable.Contains(condition.Type) && !ours.Any(other => other.Type == condition.Type)),
            .. ours.Select(condition => condition with
            {
                ObservedGeneration = observed.Set.Metadata.Generation,
                LastTransitionTime = before.FirstOrDefault(other => other.Type == condition.Type && other.Status == condition.Status)
                    ?.LastTransitionTime ?? now,
            }),
        ];
    }

    private static IEnumerable<Condition> Troubles(LeaderWorkerSetObservation observed, ServingTranslation translation, Ownership ownership)
    {
        if (ownership == Ownership.Foreign)
            yield return new Condition(NameTaken, "True") { Reason = "NotOwned", Message = TakenMessage(observed) };
        string[] unmapped =
        [
            .. translation.Unmapped,
            .. ownership == Ownership.Ours
                && observed.Serving!.Metadata.Annotations[LeaderWorkerSetPlanner.TranslationAnnotation] == translation.Hash
                && translation.IsSurgeDropped(observed.Serving.Spec)
                    ? ["spec.rolloutStrategy.rollingUpdateConfiguration.maxSurge (the installed definition of ModelServings drops it)"]
                    : Array.Empty<string>(),
        ];
        if (unmapped.Length > 0)
        {
            yield return new Condition(FieldsNotMapped, "True")
            {
                Reason = "NotSupported",
                Message = $"Served without: {string.Join(", ", unmapped)}",
            };
        }
        ImmutableArray<Condition> told = ownership == Ownership.Ours ? observed.Serving!.Status.Conditions : [];
        Condition? invalid = told.FirstOrDefault(static condition => condition is { Type: "Invalid", IsTrue: true });
        if (translation.Problem.Length > 0)
            yield return new Condition(NotServed, "True") { Reason = "Invalid", Message = PlanText.Clip(translation.Problem, 1024) };
        else if (SetServices.IsRefused(observed.Refusal))
            yield return new Condition(NamesFailing, "True") { Reason = "Refused", Message = PlanText.Clip($"Pods have no names in DNS: {observed.Refusal}", 1024) };
        else if (observed.Refusal.Length > 0)
            yield return new Condition(NotServed, "True") { Reason = "Refused", Message = PlanText.Clip(observed.Refusal, 1024) };
        else if (invalid is not null)
            yield return new Condition(NotServed, "True") { Reason = invalid.Reason, Message = PlanText.Clip(invalid.Message, 1024) };
        foreach (Condition trouble in told.Where(static condition => condition.IsTrue && HandedOn.Contains(condition.Type)))
            yield return new Condition(trouble.Type, "True") { Reason = trouble.Reason, Message = PlanText.Clip(trouble.Message, 1024) };
    }

    private static string TakenMessage(LeaderWorkerSetObservation observed) =>
        observed.Serving!.Metadata.Controller is { } owner
            ? $"ModelServing {observed.Set.Metadata.Name} belongs to {owner.Kind} {owner.Name} and is left alone"
            : $"ModelServing {observed.Set.Metadata.Name} was not made for this LeaderWorkerSet and is left alone";

    private static bool Is(ModelServingStatus status, string type) => status.Conditions.Any(condition => condition.Type == type && condition.IsTrue);

    private static Model.RawJson Patch(LeaderWorkerSetStatus status, long generation)
    {
        var json = new JsonObject
        {
            // Not compared: each condition names the generation too, and older definitions of the kind drop this one.
            ["observedGeneration"] = generation,
            ["replicas"] = status.Replicas,
            ["readyReplicas"] = status.ReadyReplicas,
            ["updatedReplicas"] = status.UpdatedReplicas,
            ["conditions"] = new JsonArray([.. status.Conditions.Select(PlannedJson.Condition)]),
        };
        if (status.HpaPodSelector.Length > 0)
            json["hpaPodSelector"] = status.HpaPodSelector;
        return new JsonObject { ["status"] = json }.ToRaw();
    }
}
