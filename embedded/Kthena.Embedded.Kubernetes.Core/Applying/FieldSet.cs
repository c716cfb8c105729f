using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Applying;

/// <summary>Sets of field paths: read off an object, and to and from <c>fieldsV1</c>.</summary>
internal static class FieldSet
{
    private const string Itself = ".";

    /// <summary>Every field that an object sets. What identifies the object and what the server keeps is left out.</summary>
    public static SortedSet<string> Of(JsonObject json, ListKeys keys)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string name, JsonNode? value) in json)
        {
            if (name is "apiVersion" or "kind")
                continue;
            if (name != "metadata")
            {
                Add(paths, value, $"f:{name}", name, keys);
                continue;
            }
            foreach (string member in (string[])["labels", "annotations", "finalizers", "ownerReferences"])
            {
                if (value is JsonObject metadata && metadata.TryGetPropertyValue(member, out JsonNode? part) && part is not null)
                    Add(paths, part, FieldPath.Join("f:metadata", $"f:{member}"), $"metadata.{member}", keys);
            }
        }
        return paths;
    }

    public static JsonObject ToFieldsV1(SortedSet<string> paths)
    {
        var root = new JsonObject();
        foreach (string path in paths)
        {
            JsonObject at = root;
            foreach (string step in path.Split(FieldPath.Separator))
                at = at.EnsureObject(step);
            if (path[(path.LastIndexOf(FieldPath.Separator) + 1)] == 'k')
                at[Itself] = new JsonObject();
        }
        return root;
    }

    public static SortedSet<string> FromFieldsV1(JsonObject? fields)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        if (fields is not null)
            Read(paths, fields, "");
        return paths;
    }

    private static void Read(SortedSet<string> paths, JsonObject fields, string path)
    {
        foreach ((string step, JsonNode? below) in fields)
        {
            if (step == Itself)
                paths.Add(path);
            else if (below is JsonObject { Count: > 0 } inner)
                Read(paths, inner, FieldPath.Join(path, step));
            else
                paths.Add(FieldPath.Join(path, step));
        }
    }

    private static void Add(SortedSet<string> paths, JsonNode? value, string path, string names, ListKeys keys)
    {
        if (value is JsonObject { Count: > 0 } json && !keys.IsAtomic(names))
        {
            foreach ((string name, JsonNode? member) in json)
                Add(paths, member, FieldPath.Join(path, $"f:{name}"), $"{names}.{name}", keys);
        }
        else if (value is JsonArray { Count: > 0 } list && keys.Of(names) is { } itemKeys)
        {
            foreach (JsonNode? item in list)
            {
                if (FieldPath.ItemStep(item, itemKeys) is not { } step)
                    continue;
                string itemPath = FieldPath.Join(path, step);
                paths.Add(itemPath);
                if (item is JsonObject content)
                    Add(paths, content, itemPath, names, keys);
            }
        }
        else
        {
            paths.Add(path);
        }
    }
}
