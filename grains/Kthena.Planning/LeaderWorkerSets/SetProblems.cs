using System.Globalization;
using System.Text.Json.Nodes;

namespace Kthena.Planning.LeaderWorkerSets;

/// <summary>
/// What keeps a LeaderWorkerSet from being served: the rules of its own project's admission, which is not there where this
/// control plane serves the kind. The ModelServing of a set that breaks one stays as it is.
/// </summary>
internal static class SetProblems
{
    private const int ReplicasMax = 1_000_000;
    private const string Template = "spec.leaderWorkerTemplate";
    private const string Rolling = "spec.rolloutStrategy.rollingUpdateConfiguration";

    /// <summary>The problems, each with its field; empty for a set that can be served.</summary>
    /// <param name="spec">The set's spec.</param>
    public static IEnumerable<string> Of(JsonObject spec)
    {
        if (spec["leaderWorkerTemplate"] is not JsonObject template)
        {
            yield return $"{Template}: missing";
            yield break;
        }
        if (template["workerTemplate"] is not JsonObject)
            yield return $"{Template}.workerTemplate: missing";
        if (template["leaderTemplate"] is not (null or JsonObject))
            yield return $"{Template}.leaderTemplate: must be an object";
        int replicas = 1;
        int size = 1;
        if (spec["replicas"] is { } count && !IsWithin(count, 0, ReplicasMax, out replicas))
            yield return $"spec.replicas: must be 0 to {ReplicasMax}, not {count.ToJsonString()}";
        if (template["size"] is { } pods && !IsWithin(pods, 1, int.MaxValue, out size))
            yield return $"{Template}.size: must be 1 or more, not {pods.ToJsonString()}";
        if ((long)replicas * size > int.MaxValue)
            yield return $"spec.replicas: {replicas} groups of {size} pods are more than {int.MaxValue} pods";
        if (spec["rolloutStrategy"]?["rollingUpdateConfiguration"] is not JsonObject rolling)
            yield break;
        if (rolling["partition"] is { } partition && !IsWithin(partition, 0, int.MaxValue, out _))
            yield return $"{Rolling}.partition: must be 0 or more, not {partition.ToJsonString()}";
        foreach (string field in (string[])["maxUnavailable", "maxSurge"])
        {
            if (rolling[field] is { } amount && !IsAmount(amount))
                yield return $"{Rolling}.{field}: must be a number that is not negative, or 0% to 100%, not {amount.ToJsonString()}";
        }
    }

    private static bool IsWithin(JsonNode node, int least, int most, out int number)
    {
        number = least;
        return node is JsonValue value && value.TryGetValue(out number) && number >= least && number <= most;
    }

    private static bool IsAmount(JsonNode node) =>
        node is JsonValue value
        && (value.TryGetValue(out int number)
            ? number >= 0
            : value.TryGetValue(out string? text)
                && text.EndsWith('%')
                && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent)
                && percent <= 100);
}
