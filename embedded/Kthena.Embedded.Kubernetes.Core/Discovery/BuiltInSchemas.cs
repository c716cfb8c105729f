using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Kinds;

namespace Kthena.Embedded.Kubernetes.Core.Discovery;

/// <summary>OpenAPI schemas of built-in kinds: their members, everything below left open.</summary>
internal static class BuiltInSchemas
{
    public static JsonObject Of(ApiKind kind)
    {
        var properties = new JsonObject();
        foreach (string name in Members(kind.Resource.Kind))
            properties[name] = name is "type" or "reason" or "message" ? new JsonObject { ["type"] = "string" } : Open();
        return new JsonObject
        {
            ["type"] = "object",
            ["description"] = $"{kind.Resource.Kind} of Kubernetes, as far as this server keeps it: see the Kubernetes documentation for its fields.",
            ["properties"] = properties,
            ["x-kubernetes-preserve-unknown-fields"] = true,
        };
    }

    private static string[] Members(string kind) => kind switch
    {
        "ConfigMap" => ["data", "binaryData", "immutable"],
        "Secret" => ["data", "stringData", "type", "immutable"],
        "Event" => ["involvedObject", "reason", "message", "type", "count", "firstTimestamp", "lastTimestamp", "eventTime", "source"],
        "ControllerRevision" => ["data", "revision"],
        "Endpoints" => ["subsets"],
        "EndpointSlice" => ["addressType", "endpoints", "ports"],
        "ServiceAccount" => ["secrets", "imagePullSecrets", "automountServiceAccountToken"],
        "Lease" => ["spec"],
        _ => ["spec", "status"],
    };

    private static JsonObject Open() => new() { ["x-kubernetes-preserve-unknown-fields"] = true };
}
