using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>Projects a look into the status. Written only when it differs from what is there, and at most once a second.</summary>
internal static class ServingStatusPlanner
{
    private const int BytesMax = 64 * 1024;

    /// <summary>The write that brings the status up to date, or null when none is due now.</summary>
    /// <param name="look">The look.</param>
    /// <param name="now">The instant of the look.</param>
    /// <param name="requeueAfter">When to look again although nothing changed; null for never.</param>
    public static PatchObject? Plan(ServingLook look, DateTimeOffset now, out TimeSpan? requeueAfter)
    {
        // Whether there will be something to write is worked out when it may be written.
        requeueAfter = StatusPace.Wait(look.Observed.StatusWrittenAt, now);
        if (requeueAfter is not null)
            return null;
        ModelServing serving = look.Observed.Serving;
        ModelServingStatus status = StatusOf(look, now);
        status = status with { Detail = ServingDetails.Of(look, BytesMax - Patch(status).Utf8.Length) };
        requeueAfter = RolloutStall.Deadline(look, status.Conditions) - now;
        // A detail that was written and is not there is dropped by a definition that does not know it: no reason to write it again.
        bool isDropped = look.Observed.IsStatusWritten && serving.Status.Detail is null;
        return IsSame(isDropped ? status with { Detail = null } : status, serving.Status) ? null : Write(serving, status);
    }

    /// <summary>The write that says why a spec is not planned, and leaves the rest as it was; null when none is due now.</summary>
    /// <param name="observed">What is seen.</param>
    /// <param name="problems">What is wrong.</param>
    /// <param name="now">The instant of the look.</param>
    /// <param name="requeueAfter">When to look again although nothing changed; null for never.</param>
    public static PatchObject? Invalid(
        ServingObservation observed, ImmutableArray<string> problems, DateTimeOffset now, out TimeSpan? requeueAfter)
    {
        requeueAfter = StatusPace.Wait(observed.StatusWrittenAt, now);
        ModelServing serving = observed.Serving;
        ModelServingStatus status = serving.Status with
        {
            ObservedGeneration = serving.Metadata.Generation,
            Conditions = ServingConditions.WithInvalid(serving, problems, now),
        };
        return requeueAfter is not null || IsSame(status, serving.Status) ? null : Write(serving, status);
    }

    private static PatchObject Write(ModelServing serving, ModelServingStatus status) =>
        new(ResourceKinds.ModelServing, serving.Metadata.Key, Patch(status), serving.Metadata.ResourceVersion, "status");

    private static ModelServingStatus StatusOf(ServingLook look, DateTimeOffset now)
    {
        ModelServing serving = look.Observed.Serving;
        string update = look.Revisions.Update;
        string current = CurrentRevision(look);
        int updated = look.Staying.Count(group => group.Revision == update);
        int outdated = look.Staying.Length - updated;
        return new ModelServingStatus
        {
            ObservedGeneration = serving.Metadata.Generation,
            Replicas = look.Groups.Length,
            UpdatedReplicas = updated,
            CurrentReplicas = outdated == 0 && current == update ? updated : outdated,
            AvailableReplicas = look.Staying.Count(static group => group.IsRunning),
            CurrentRevision = current,
            UpdateRevision = update,
            LabelSelector = LabelSelector(serving),
            Conditions = ServingConditions.Of(look, now),
        };
    }

    /// <summary>Kept while a group still has it; else what most outdated groups have; else the update revision.</summary>
    private static string CurrentRevision(ServingLook look)
    {
        string update = look.Revisions.Update;
        string before = look.Observed.Serving.Status.CurrentRevision;
        ImmutableArray<string> outdated =
            [.. look.Groups.Select(static group => group.Revision).Where(revision => revision.Length > 0 && revision != update)];
        // A rollout is not over before those that stood in are gone again.
        bool isSurging = look.IsSurging && Math.Max(look.Desired, look.Groups.Length) > look.Spec.Replicas;
        bool isProtecting = (look.Partition > 0 && look.Groups.Length < Math.Min(look.Partition, look.Spec.Replicas))
            || RoleRollout.IsProtectingMissing(look);
        if (outdated.Contains(before) || ((isProtecting || isSurging) && look.Revisions.RolesOf(before) is not null))
            return before;
        return outdated
            .GroupBy(static revision => revision, StringComparer.Ordinal)
            .OrderByDescending(static revision => revision.Count())
            .ThenBy(static revision => revision.Key, StringComparer.Ordinal)
            .FirstOrDefault()?.Key ?? update;
    }

    /// <summary>Selects one pod of each group: the entry pod of the first role's first instance.</summary>
    private static string LabelSelector(ModelServing serving)
    {
        if (serving.Spec.Roles.Length == 0)
            return "";
        string role = serving.Spec.Roles[0].Name;
        LabelSet labels = LabelSet.Of(
            (ServingLabels.Entry, "true"),
            (ServingLabels.Name, serving.Metadata.Name),
            (ServingLabels.Role, role),
            (ServingLabels.RoleId, $"{role}-0"));
        return string.Join(',', labels.Pairs.Select(static pair => $"{pair.Key}={pair.Value}"));
    }

    private static bool IsSame(ModelServingStatus left, ModelServingStatus right) =>
        left with { Conditions = right.Conditions } == right
        && left.Conditions.AsSpan().SequenceEqual(right.Conditions.AsSpan());

    private static RawJson Patch(ModelServingStatus status)
    {
        var json = new JsonObject
        {
            ["observedGeneration"] = status.ObservedGeneration,
            ["replicas"] = status.Replicas,
            ["currentReplicas"] = status.CurrentReplicas,
            ["updatedReplicas"] = status.UpdatedReplicas,
            ["availableReplicas"] = status.AvailableReplicas,
            ["currentRevision"] = status.CurrentRevision,
            ["updateRevision"] = status.UpdateRevision,
            ["labelSelector"] = status.LabelSelector,
            ["conditions"] = new JsonArray([.. status.Conditions.Select(PlannedJson.Condition)]),
        };
        if (status.Detail is { } detail)
            json["detail"] = ServingDetails.Write(detail);
        return new JsonObject { ["status"] = json }.ToRaw();
    }
}
