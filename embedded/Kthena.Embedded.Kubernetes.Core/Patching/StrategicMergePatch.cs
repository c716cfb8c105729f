using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Patching;

/// <summary>
/// Kubernetes' strategic merge patch: as a merge patch, but lists with a merge key are merged item by item, and the
/// directives <c>$patch</c>, <c>$retainKeys</c>, <c>$deleteFromPrimitiveList/…</c> and <c>$setElementOrder/…</c> are obeyed.
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    /// <summary>Applies a patch in place.</summary>
    /// <exception cref="ApiError">A directive is unknown, or an item of a keyed list has no key.</exception>
    public static void Apply(JsonObject target, JsonObject patch) => Merge(target, patch, "");

    private static void Merge(JsonObject target, JsonObject patch, string path)
    {
        switch (patch.String(Directive))
        {
            case null or "merge":
                break;
            case "replace":
                target.Clear();
                break;
            case "delete":
                target.Clear();
                return;
            case string other:
                throw ApiError.BadRequest($"unknown patch directive \"{other}\"");
        }
        if (patch.Array(RetainKeys) is { } retained)
            Retain(target, retained);
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal))
                RemoveValues(target.Array(name[DeletePrefix.Length..]), value as JsonArray);
            else if (name[0] != '$')
                MergeMember(target, name, value, path.Length == 0 ? name : $"{path}.{name}");
        }
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name.StartsWith(OrderPrefix, StringComparison.Ordinal) && value is JsonArray order)
                Reorder(target.Array(name[OrderPrefix.Length..]), order, MergeKeys.Of(Join(path, name[OrderPrefix.Length..])));
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static void MergeMember(JsonObject target, string name, JsonNode? value, string path)
    {
        switch (value)
        {
            case null:
                target.Remove(name);
                break;
            case JsonObject part when part.String(Directive) == "delete":
                target.Remove(name);
                break;
            case JsonObject part:
                Merge(target.EnsureObject(name), part, path);
                break;
            case JsonArray items when MergeKeys.Of(path) is { } key:
                if (target.Array(name) is not { } list)
                    target[name] = list = [];
                if (key.Length == 0)
                    Unite(list, items);
                else
                    MergeItems(list, items, key, path);
                break;
            default:
                target[name] = value.DeepClone();
                break;
        }
    }

    private static void MergeItems(JsonArray list, JsonArray items, string key, string path)
    {
        if (items.Any(static item => item.String(Directive) == "replace"))
            list.Clear();
        foreach (JsonNode? item in items)
        {
            if (item is not JsonObject part)
                throw ApiError.BadRequest($"{path}: an item of a list with a merge key must be an object");
            string? directive = part.String(Directive);
            if (directive == "replace")
                continue;
            if (!part.TryGetPropertyValue(key, out JsonNode? identity))
                throw ApiError.BadRequest($"{path}: the patch has an item without its merge key \"{key}\"");
            JsonObject? existing = list.OfType<JsonObject>().FirstOrDefault(candidate => HasIdentity(candidate, key, identity));
            if (directive == "delete")
            {
                if (existing is not null)
                    list.Remove(existing);
            }
            else
            {
                if (existing is null)
                    list.Add(existing = []);
                Merge(existing, part, path);
            }
        }
    }

    private static bool HasIdentity(JsonObject candidate, string key, JsonNode? identity) =>
        candidate.TryGetPropertyValue(key, out JsonNode? value) && JsonNode.DeepEquals(value, identity);

    private static void Unite(JsonArray list, JsonArray items)
    {
        foreach (JsonNode? item in items)
        {
            if (!list.Any(existing => JsonNode.DeepEquals(existing, item)))
                list.Add(item?.DeepClone());
        }
    }

    private static void RemoveValues(JsonArray? list, JsonArray? values)
    {
        for (int at = (list?.Count ?? 0) - 1; at >= 0; at--)
        {
            if (values?.Any(value => JsonNode.DeepEquals(value, list![at])) == true)
                list!.RemoveAt(at);
        }
    }

    private static void Retain(JsonObject target, JsonArray retained)
    {
        var names = new SortedSet<string>(retained.Select(static name => name.AsText() ?? ""), StringComparer.Ordinal);
        foreach (string name in target.Select(static member => member.Key).Where(name => !names.Contains(name)).ToList())
            target.Remove(name);
    }

    /// <summary>Puts the items that the order names first, in that order; the others keep theirs behind them.</summary>
    private static void Reorder(JsonArray? list, JsonArray order, string? key)
    {
        if (list is null || key is null)
            return;
        var rest = list.ToList();
        list.Clear();
        foreach (JsonNode? wanted in order)
        {
            int at = rest.FindIndex(item => key.Length == 0
                ? JsonNode.DeepEquals(item, wanted)
                : item is JsonObject candidate && wanted is JsonObject named
                  && named.TryGetPropertyValue(key, out JsonNode? identity) && HasIdentity(candidate, key, identity));
            if (at >= 0)
            {
                list.Add(rest[at]);
                rest.RemoveAt(at);
            }
        }
        foreach (JsonNode? item in rest)
            list.Add(item);
    }
}
