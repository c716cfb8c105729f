using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Writing;

namespace Kthena.Embedded.Kubernetes.Core.Applying;

/// <summary>
/// Server-side apply: a manager states the fields it wants, keeps those, gives up the ones that it no longer states, and
/// is told when another manager owns a field with another value. Writes that are no applies own what they changed, from
/// the first apply of the object on.
/// </summary>
internal static class ServerSideApply
{
    private const string Apply = "Apply";
    private const string Update = "Update";

    /// <summary>The list of managers of an object that is applied for the first time.</summary>
    public static JsonArray FirstManager(ApiKind kind, JsonObject applied, WriteOptions options, DateTimeOffset now) =>
        [Entry(kind, options.FieldManager, Apply, null, FieldSet.Of(applied, new ListKeys(kind)), now)];

    /// <summary>Checks what holds for every applied configuration.</summary>
    /// <exception cref="ApiError">It is not fit to be applied.</exception>
    public static void Check(JsonObject applied, string name, WriteOptions options, bool hasManager)
    {
        if (!hasManager)
            throw ApiError.BadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        if (applied.Object("metadata").Array("managedFields") is { Count: > 0 })
            throw ApiError.BadRequest("metadata.managedFields must be nil");
        if (string.IsNullOrEmpty(applied.String("apiVersion")) || string.IsNullOrEmpty(applied.String("kind")))
            throw ApiError.BadRequest("an applied configuration must state apiVersion and kind");
        string given = applied.Object("metadata").String("name") ?? name;
        if (given != name)
            throw ApiError.BadRequest($"the name of the object ({given}) does not match the name on the URL ({name}); manager {options.FieldManager}");
    }

    /// <summary>Merges an applied configuration into an object.</summary>
    /// <param name="kind">The object's kind.</param>
    /// <param name="json">The object, changed in place and returned.</param>
    /// <param name="applied">The configuration.</param>
    /// <param name="options">Who applies, and whether by force.</param>
    /// <param name="subresource">The subresource; null for the object itself.</param>
    /// <param name="now">The time of the entry.</param>
    /// <exception cref="ApiError">Another manager owns a field with another value (409).</exception>
    public static JsonObject Merge(ApiKind kind, JsonObject json, JsonObject applied, WriteOptions options, string? subresource, DateTimeOffset now)
    {
        var keys = new ListKeys(kind);
        SortedSet<string> wanted = FieldSet.Of(applied, keys);
        JsonObject metadata = json.EnsureObject("metadata");
        List<Manager> managers = Read(metadata.Array("managedFields"));
        Manager? own = managers.Find(manager => manager.Is(options.FieldManager, Apply, subresource));
        List<Manager> others = [.. managers.Where(manager => manager != own)];
        SettleConflicts(json, applied, wanted, others, options.IsForced);
        // Items go before the fields in them, which identify them.
        foreach (string path in own is null ? [] : own.Fields.Except(wanted, StringComparer.Ordinal).OrderBy(static path => path.Length).ToList())
        {
            if (!others.Any(manager => manager.Fields.Any(field => IsAtOrBelow(field, path))) && !wanted.Any(field => IsAtOrBelow(field, path)))
                FieldPath.Remove(json, path);
        }
        foreach (string path in wanted)
        {
            FieldPath.TryGet(applied, path, out JsonNode? value);
            FieldPath.Set(json, path, value);
        }
        foreach (string name in (string[])["uid", "resourceVersion"])
        {
            if (applied.Object("metadata").String(name) is { } precondition)
                metadata[name] = precondition;
        }
        bool isSame = own is not null && own.Fields.SetEquals(wanted);
        metadata["managedFields"] = new JsonArray(
        [
            .. others.Where(static manager => manager.Fields.Count > 0).Select(static manager => (JsonNode)manager.ToJson()),
            isSame ? own!.ToJson() : Entry(kind, options.FieldManager, Apply, subresource, wanted, now),
        ]);
        return json;
    }

    /// <summary>Notes that a write other than an apply changed fields. Objects that were never applied carry no managers.</summary>
    public static void NoteUpdate(ApiKind kind, JsonObject json, JsonObject old, string manager, string? subresource, DateTimeOffset now)
    {
        JsonObject metadata = json.EnsureObject("metadata");
        if (metadata.Array("managedFields") is not { Count: > 0 } entries)
            return;
        var keys = new ListKeys(kind);
        SortedSet<string> before = FieldSet.Of(old, keys);
        SortedSet<string> after = FieldSet.Of(json, keys);
        var changed = new SortedSet<string>(after.Where(path => !SameAt(json, old, path)), StringComparer.Ordinal);
        List<string> gone = [.. before.Except(after, StringComparer.Ordinal)];
        if (changed.Count == 0 && gone.Count == 0)
            return;
        List<Manager> managers = Read(entries);
        foreach (Manager other in managers)
        {
            other.Fields.ExceptWith(changed);
            other.Fields.ExceptWith(gone);
        }
        Manager? own = managers.Find(entry => entry.Is(manager, Update, subresource));
        if (own is not null)
        {
            managers.Remove(own);
            changed.UnionWith(own.Fields);
        }
        var updated = new JsonArray([.. managers.Where(static entry => entry.Fields.Count > 0).Select(static entry => (JsonNode)entry.ToJson())]);
        if (changed.Count > 0)
            updated.Add(Entry(kind, manager, Update, subresource, changed, now));
        metadata["managedFields"] = updated;
    }

    private sealed record Manager(JsonObject Json, SortedSet<string> Fields)
    {
        public string Name => Json.String("manager") ?? "";

        public bool Is(string name, string operation, string? subresource) =>
            Name == name && Json.String("operation") == operation && (Json.String("subresource") ?? "") == (subresource ?? "");

        public JsonObject ToJson()
        {
            Json["fieldsV1"] = FieldSet.ToFieldsV1(Fields);
            return Json;
        }
    }

    private static void SettleConflicts(JsonObject json, JsonObject applied, SortedSet<string> wanted, List<Manager> others, bool isForced)
    {
        var conflicts = new List<(string Manager, string Path)>();
        foreach (string path in wanted)
        {
            if (SameAt(json, applied, path))
                continue;
            foreach (Manager other in others.Where(other => other.Fields.Contains(path)))
            {
                if (isForced)
                    other.Fields.Remove(path);
                else
                    conflicts.Add((other.Name, FieldPath.Show(path)));
            }
        }
        if (conflicts.Count == 0)
            return;
        string noun = conflicts.Count == 1 ? "conflict" : "conflicts";
        throw ApiError.ApplyConflict(
            $"Apply failed with {conflicts.Count} {noun}: {string.Join(", ", conflicts.Select(static conflict => $"conflict with \"{conflict.Manager}\": {conflict.Path}"))}",
            conflicts.Select(static conflict => new FieldError(conflict.Path, "FieldManagerConflict", $"conflict with \"{conflict.Manager}\"")));
    }

    private static bool SameAt(JsonObject left, JsonObject right, string path)
    {
        if (!FieldPath.TryGet(left, path, out JsonNode? one) || !FieldPath.TryGet(right, path, out JsonNode? other))
            return false;
        // Of an item that is listed for itself only its being there counts.
        return FieldPath.IsItem(path[(path.LastIndexOf(FieldPath.Separator) + 1)..]) || JsonNode.DeepEquals(one, other);
    }

    private static bool IsAtOrBelow(string field, string path) =>
        field.StartsWith(path, StringComparison.Ordinal) && (field.Length == path.Length || field[path.Length] == FieldPath.Separator);

    private static List<Manager> Read(JsonArray? entries) =>
        [.. (entries ?? []).OfType<JsonObject>().Select(static entry => new Manager((JsonObject)entry.DeepClone(), FieldSet.FromFieldsV1(entry.Object("fieldsV1"))))];

    private static JsonObject Entry(ApiKind kind, string manager, string operation, string? subresource, SortedSet<string> fields, DateTimeOffset now)
    {
        var entry = new JsonObject
        {
            ["manager"] = manager,
            ["operation"] = operation,
            ["apiVersion"] = kind.Resource.ApiVersion,
            ["time"] = Json.Instant(now),
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = FieldSet.ToFieldsV1(fields),
        };
        if (subresource is not null)
            entry["subresource"] = subresource;
        return entry;
    }
}
