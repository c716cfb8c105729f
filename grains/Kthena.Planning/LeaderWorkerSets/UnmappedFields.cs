using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Plugins;

namespace Kthena.Planning.LeaderWorkerSets;

/// <summary>Names what a LeaderWorkerSet asks for and a ModelServing cannot give. A field that is not known here is among it.</summary>
internal static class UnmappedFields
{
    private const string Domain = "leaderworkerset.sigs.k8s.io/";
    private const string Template = "spec.leaderWorkerTemplate";

    /// <summary>The fields, each with its path.</summary>
    /// <param name="set">The LeaderWorkerSet.</param>
    /// <param name="spec">Its spec.</param>
    public static IEnumerable<string> Of(LeaderWorkerSet set, JsonObject spec)
    {
        foreach (string annotation in (string[])["exclusive-topology", "subgroup-exclusive-topology"])
        {
            if (set.Metadata.Annotations[Domain + annotation] is not null)
                yield return $"metadata.annotations[{Domain}{annotation}]";
        }
        IEnumerable<string> all =
        [
            .. Others(spec, "spec", "replicas", "leaderWorkerTemplate", "rolloutStrategy", "startupPolicy", "networkConfig"),
            .. Unless(spec, "spec", "startupPolicy", "LeaderCreated", ServingTranslation.LeaderReady),
            .. Others(spec["networkConfig"], "spec.networkConfig", "subdomainPolicy"),
            .. Unless(spec["networkConfig"], "spec.networkConfig", "subdomainPolicy", "Shared", LwsNames.UniquePerReplica),
            .. Others(spec["rolloutStrategy"], "spec.rolloutStrategy", "type", "rollingUpdateConfiguration"),
            .. Unless(spec["rolloutStrategy"], "spec.rolloutStrategy", "type", "RollingUpdate"),
            .. Others(spec["rolloutStrategy"]?["rollingUpdateConfiguration"], "spec.rolloutStrategy.rollingUpdateConfiguration",
                "maxUnavailable", "maxSurge", "partition"),
            .. OfTemplate(spec["leaderWorkerTemplate"]),
        ];
        foreach (string field in all)
            yield return field;
    }

    private static IEnumerable<string> OfTemplate(JsonNode? template) =>
    [
        .. Others(template, Template, "leaderTemplate", "workerTemplate", "size", "restartPolicy"),
        .. Unless(template, Template, "restartPolicy", "RecreateGroupOnPodRestart", "Default", "None"),
        .. OfPods(template?["leaderTemplate"], $"{Template}.leaderTemplate"),
        .. OfPods(template?["workerTemplate"], $"{Template}.workerTemplate"),
        .. OtherScheduler(template),
    ];

    private static IEnumerable<string> OfPods(JsonNode? pods, string path) =>
    [
        .. Others(pods, path, "metadata", "spec"),
        .. Others(pods?["metadata"], $"{path}.metadata", "labels", "annotations", "creationTimestamp"),
    ];

    /// <summary>All pods of a ModelServing have one scheduler.</summary>
    private static IEnumerable<string> OtherScheduler(JsonNode? template)
    {
        string leader = template?["leaderTemplate"]?["spec"]?["schedulerName"]?.ToString() ?? "";
        string worker = template?["workerTemplate"]?["spec"]?["schedulerName"]?.ToString() ?? "";
        if (leader.Length > 0 && worker.Length > 0 && leader != worker)
            yield return $"{Template}.workerTemplate.spec.schedulerName";
    }

    private static IEnumerable<string> Others(JsonNode? json, string path, params string[] known) => json is JsonObject fields
        ? fields.Where(field => !IsEmpty(field.Value) && !known.Contains(field.Key)).Select(field => $"{path}.{field.Key}")
        : [];

    private static IEnumerable<string> Unless(JsonNode? json, string path, string field, params string[] mapped)
    {
        if (json?[field] is { } value && !mapped.Contains(value.ToString()))
            yield return $"{path}.{field}: {value}";
    }

    private static bool IsEmpty(JsonNode? node) => node is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };
}
