using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;

namespace Kthena.Planning.Serving;

/// <summary>
/// Fields that upstream's CRD does not know are dropped by the API server without a word. What the user applied with
/// kubectl is still in its annotation, so the loss can be told.
/// </summary>
internal static class PrunedFields
{
    /// <summary>The condition's type.</summary>
    public const string ConditionType = "FieldsPruned";

    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    private static readonly (string Path, Func<ModelServingSpec, bool> IsThere)[] Fields =
    [
        ("revisionHistoryLimit", static spec => spec.RevisionHistoryLimit is not null),
        ("rolloutStrategy.groupsMaxUnavailable", static spec => spec.RolloutStrategy.GroupsMaxUnavailable is not null),
        ("rolloutStrategy.paused", static spec => spec.RolloutStrategy.IsPaused is not null),
        ("rolloutStrategy.progressDeadlineSeconds", static spec => spec.RolloutStrategy.ProgressDeadline is not null),
        ("rolloutStrategy.rollingUpdateConfiguration.maxSurge", static spec => spec.RolloutStrategy.MaxSurge is not null),
    ];

    /// <summary>The condition that names the lost fields; none when nothing was lost.</summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="now">The instant of the look, in whole seconds.</param>
    public static IEnumerable<Condition> Of(ModelServing serving, DateTimeOffset now)
    {
        if (serving.Metadata.Annotations[LastApplied] is not { } text
            || !Fields.Any(field => text.Contains(field.Path[(field.Path.LastIndexOf('.') + 1)..], StringComparison.Ordinal)))
        {
            yield break;
        }
        string[] lost = [.. Fields.Where(field => !field.IsThere(serving.Spec) && Has(text, field.Path)).Select(static field => $"spec.{field.Path}")];
        if (lost.Length == 0)
            yield break;
        yield return new Condition(ConditionType, "True")
        {
            Reason = "UnknownToDefinition",
            Message = $"The installed CustomResourceDefinition does not know and drops: {string.Join(", ", lost)}",
            ObservedGeneration = serving.Metadata.Generation,
            LastTransitionTime = serving.Status.Conditions.FirstOrDefault(static condition => condition.Type == ConditionType)?.LastTransitionTime ?? now,
        };
    }

    private static bool Has(string text, string path)
    {
        try
        {
            JsonNode? node = JsonNode.Parse(text)?["spec"];
            foreach (string step in path.Split('.'))
                node = (node as JsonObject)?[step];
            return node is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
