using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Schemas;

/// <summary>Pruning and defaulting of custom resources, in that order, as the API server does before it validates.</summary>
internal static class SchemaFill
{
    /// <summary>Removes members that the schema does not know and collects their paths.</summary>
    /// <param name="json">The whole object; its apiVersion, kind and metadata are left alone.</param>
    /// <param name="schema">The kind's schema.</param>
    /// <param name="unknown">Where the paths of removed members go.</param>
    public static void PruneRoot(JsonObject json, StructuralSchema schema, ICollection<string> unknown)
    {
        if (schema.PreservesUnknown)
            return;
        foreach (string name in json.Select(static member => member.Key).ToList())
        {
            if (name is "apiVersion" or "kind" or "metadata")
                continue;
            PruneMember(json, name, schema, name, unknown);
        }
    }

    /// <summary>Fills in defaults of members that are absent; a null where none is allowed counts as absent.</summary>
    public static void Default(JsonNode? node, StructuralSchema schema)
    {
        switch (node)
        {
            case JsonObject json:
                foreach ((string name, StructuralSchema member) in schema.DefaultedProperties)
                {
                    bool isThere = json.TryGetPropertyValue(name, out JsonNode? value);
                    if (!isThere || (value is null && !member.IsNullable))
                        json[name] = member.Default!.DeepClone();
                }
                foreach ((string name, JsonNode? value) in json)
                {
                    if (value is JsonObject or JsonArray && schema.Member(name) is { } member)
                        Default(value, member);
                }
                break;
            case JsonArray array when schema.Items is { } items:
                foreach (JsonNode? item in array)
                    Default(item, items);
                break;
        }
    }

    private static void PruneMember(JsonObject json, string name, StructuralSchema schema, string path, ICollection<string> unknown)
    {
        if (schema.Member(name) is { } member)
        {
            Prune(json[name], member, path, unknown);
        }
        else if (!schema.AllowsAdditional && !schema.PreservesUnknown)
        {
            json.Remove(name);
            unknown.Add(path);
        }
    }

    private static void Prune(JsonNode? node, StructuralSchema schema, string path, ICollection<string> unknown)
    {
        switch (node)
        {
            case JsonObject json:
                foreach (string name in json.Select(static member => member.Key).ToList())
                {
                    if (schema.IsEmbeddedResource && name is "apiVersion" or "kind" or "metadata")
                        continue;
                    PruneMember(json, name, schema, $"{path}.{name}", unknown);
                }
                break;
            case JsonArray array when schema.Items is { } items:
                for (int at = 0; at < array.Count; at++)
                    Prune(array[at], items, $"{path}[{at}]", unknown);
                break;
        }
    }
}
