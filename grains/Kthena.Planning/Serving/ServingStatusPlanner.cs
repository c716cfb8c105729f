using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>Projects a look into the status. Written only when it differs from what is there, and at most once a second.</summary>
internal static class ServingStatusPlanner
{
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(1);

    /// <summary>The write that brings the status up to date, or null when none is due now.</summary>
    /// <param name="look">The look.</param>
    /// <param name="now">The instant of the look.</param>
    /// <param name="requeueAfter">When a write that is due has to wait; null when none is held back.</param>
    public static PatchObject? Plan(ServingLook look, DateTimeOffset now, out TimeSpan? requeueAfter)
    {
        requeueAfter = null;
        ModelServing serving = look.Observed.Serving;
        ModelServingStatus status = StatusOf(look, now);
        requeueAfter = RolloutStall.Deadline(look, status.Conditions) - now;
        if (IsSame(status, serving.Status))
            return null;
        if (look.Observed.StatusWrittenAt + WriteInterval - now is { } wait && wait > TimeSpan.Zero)
        {
            requeueAfter = wait;
            return null;
        }
        return new PatchObject(
            ResourceKinds.ModelServing, serving.Metadata.Key, Patch(status), serving.Metadata.ResourceVersion, "status");
    }

    /// <summary>The write that says why a spec is not planned, and leaves the rest as it was.</summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="problems">What is wrong.</param>
    /// <param name="now">The instant of the look.</param>
    public static IEnumerable<PatchObject> Invalid(ModelServing serving, ImmutableArray<string> problems, DateTimeOffset now)
    {
        ModelServingStatus status = serving.Status with
        {
            ObservedGeneration = serving.Metadata.Generation,
            Conditions = ServingConditions.WithInvalid(serving, problems, now),
        };
        if (!IsSame(status, serving.Status))
            yield return new PatchObject(ResourceKinds.ModelServing, serving.Metadata.Key, Patch(status), serving.Metadata.ResourceVersion, "status");
    }

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

    private static RawJson Patch(ModelServingStatus status) => new JsonObject
    {
        ["status"] = new JsonObject
        {
            ["observedGeneration"] = status.ObservedGeneration,
            ["replicas"] = status.Replicas,
            ["currentReplicas"] = status.CurrentReplicas,
            ["updatedReplicas"] = status.UpdatedReplicas,
            ["availableReplicas"] = status.AvailableReplicas,
            ["currentRevision"] = status.CurrentRevision,
            ["updateRevision"] = status.UpdateRevision,
            ["labelSelector"] = status.LabelSelector,
            ["conditions"] = new JsonArray([.. status.Conditions.Select(Write)]),
        },
    }.ToRaw();

    private static JsonNode Write(Condition condition)
    {
        var json = new JsonObject
        {
            ["type"] = condition.Type,
            ["status"] = condition.Status,
            ["reason"] = condition.Reason,
            ["message"] = condition.Message,
        };
        if (condition.ObservedGeneration > 0)
            json["observedGeneration"] = condition.ObservedGeneration;
        if (condition.LastTransitionTime is { } time)
            json["lastTransitionTime"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return json;
    }
}
