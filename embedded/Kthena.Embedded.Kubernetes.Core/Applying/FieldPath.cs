using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Applying;

/// <summary>
/// The path of one field in the notation of <c>fieldsV1</c>: <c>f:name</c> for members, <c>k:{"name":"x"}</c> for items of keyed
/// lists, <c>v:"x"</c> for members of sets; the steps are joined by a character that occurs in none of them.
/// </summary>
internal static class FieldPath
{
    public const char Separator = '\n';

    public static string Join(string path, string step) => path.Length == 0 ? step : $"{path}{Separator}{step}";

    public static bool IsItem(string step) => step[0] is 'k' or 'v';

    /// <summary>As conflicts are told to people: <c>.spec.containers[name="c"].image</c>.</summary>
    public static string Show(string path) => string.Concat(path.Split(Separator).Select(static step => step[0] switch
    {
        'k' => $"[{string.Join(',', JsonNode.Parse(step[2..])!.AsObject().Select(static key => $"{key.Key}={Json.Text(key.Value)}"))}]",
        'v' => $"[{step[2..]}]",
        _ => $".{step[2..]}",
    }));

    public static bool TryGet(JsonNode? root, string path, out JsonNode? value)
    {
        value = root;
        foreach (string step in path.Split(Separator))
        {
            switch (value)
            {
                case JsonObject json when step[0] == 'f' && json.TryGetPropertyValue(step[2..], out JsonNode? member):
                    value = member;
                    break;
                case JsonArray array when IsItem(step) && FindItem(array, step) is { } item:
                    value = item;
                    break;
                default:
                    value = null;
                    return false;
            }
        }
        return true;
    }

    /// <summary>Puts a value at a path; objects, lists and items on the way are made.</summary>
    public static void Set(JsonObject root, string path, JsonNode? value)
    {
        string[] steps = path.Split(Separator);
        JsonNode at = root;
        for (int index = 0; index < steps.Length; index++)
        {
            bool isLast = index == steps.Length - 1;
            if (at is JsonArray list)
            {
                JsonNode? item = FindItem(list, steps[index]);
                if (item is null)
                    list.Add(item = JsonNode.Parse(steps[index][2..]));
                if (isLast)
                    return;
                at = item!;
            }
            else if (isLast)
            {
                at.AsObject()[steps[index][2..]] = value?.DeepClone();
            }
            else
            {
                at = Child(at.AsObject(), steps[index][2..], IsItem(steps[index + 1]));
            }
        }
    }

    /// <summary>Takes a field away, and objects that it leaves empty.</summary>
    public static void Remove(JsonObject root, string path)
    {
        int cut = path.LastIndexOf(Separator);
        string parentPath = cut < 0 ? "" : path[..cut];
        string step = path[(cut + 1)..];
        JsonNode? parent = root;
        if (cut >= 0 && !TryGet(root, parentPath, out parent))
            return;
        if (parent is JsonArray list && FindItem(list, step) is { } item)
            list.Remove(item);
        else if (parent is JsonObject json)
            json.Remove(step[2..]);
        bool isEmpty = parent is JsonObject { Count: 0 } or JsonArray { Count: 0 };
        if (isEmpty && cut >= 0 && !IsItem(parentPath[(parentPath.LastIndexOf(Separator) + 1)..]))
            Remove(root, parentPath);
    }

    /// <summary>The step that names an item of a keyed list; null when the item lacks a key.</summary>
    public static string? ItemStep(JsonNode? item, ImmutableArray<string> keys)
    {
        if (keys.IsEmpty)
            return $"v:{Json.Text(item)}";
        var identity = new JsonObject();
        foreach (string key in keys.Order(StringComparer.Ordinal))
        {
            if (item is JsonObject json && json.TryGetPropertyValue(key, out JsonNode? value))
                identity[key] = value?.DeepClone();
        }
        return identity.Count == 0 ? null : $"k:{Json.Text(identity)}";
    }

    private static JsonNode Child(JsonObject parent, string name, bool isList)
    {
        if (parent.TryGetPropertyValue(name, out JsonNode? existing) && (isList ? existing is JsonArray : existing is JsonObject))
            return existing!;
        JsonNode made = isList ? new JsonArray() : new JsonObject();
        parent[name] = made;
        return made;
    }

    private static JsonNode? FindItem(JsonArray list, string step)
    {
        JsonNode? wanted = JsonNode.Parse(step[2..]);
        return step[0] == 'v'
            ? list.FirstOrDefault(item => JsonNode.DeepEquals(item, wanted))
            : list.FirstOrDefault(item => item is JsonObject json && wanted!.AsObject().All(key =>
                json.TryGetPropertyValue(key.Key, out JsonNode? value) && JsonNode.DeepEquals(value, key.Value)));
    }
}
