using System.Text.Json.Nodes;

namespace EndToEnd.Kills;

/// <summary>What a namespace holds, without what no two runs can share: UIDs, versions, times and the namespace's own name.</summary>
internal static class ClusterState
{
    private static readonly HashSet<string> Unequal =
    [
        "uid", "resourceVersion", "managedFields", "generation", "observedGeneration", "selfLink", "namespace", "clusterIP", "clusterIPs",
        "modelserving.volcano.sh/pods-seen",
    ];

    /// <summary>Reads it, as text of which each line is one object.</summary>
    public static async Task<string> ReadAsync(ApiServer api, string ns)
    {
        var lines = new List<string>();
        foreach (JsonObject serving in await api.ListAsync(ApiServer.Servings(ns)))
            lines.Add(Line("ModelServing", serving, "spec", "status"));
        foreach (JsonObject pod in await api.ListAsync($"/api/v1/namespaces/{ns}/pods"))
            lines.Add($"{Line("Pod", pod, "spec")} {pod["status"]?["phase"]} ready {IsReady(pod)}");
        foreach (JsonObject service in (await api.ListAsync($"/api/v1/namespaces/{ns}/services")).Where(static service => (string?)service["metadata"]!["name"] != "kubernetes"))
            lines.Add(Line("Service", service, "spec"));
        foreach (JsonObject revision in await api.ListAsync($"/apis/apps/v1/namespaces/{ns}/controllerrevisions"))
            lines.Add(Line("ControllerRevision", revision, "data", "revision"));
        return string.Join('\n', lines).Replace(ns, "NS", StringComparison.Ordinal);
    }

    public static bool IsReady(JsonNode pod) => pod["status"]?["conditions"] is JsonArray conditions
        && conditions.Any(static condition => (string?)condition!["type"] == "Ready" && (string?)condition["status"] == "True");

    private static string Line(string kind, JsonObject item, params string[] fields)
    {
        var kept = new JsonObject { ["metadata"] = item["metadata"]!.DeepClone() };
        foreach (string field in fields)
            kept[field] = item[field]?.DeepClone();
        return $"{kind} {Plain(kept)!.ToJsonString()}";
    }

    private static JsonNode? Plain(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members
            .Where(static member => !Unequal.Contains(member.Key) && !member.Key.EndsWith("Time", StringComparison.Ordinal) && !member.Key.EndsWith("Timestamp", StringComparison.Ordinal))
            .OrderBy(static member => member.Key, StringComparer.Ordinal)
            .Select(static member => new KeyValuePair<string, JsonNode?>(member.Key, Plain(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Plain)]),
        _ => node?.DeepClone(),
    };
}
