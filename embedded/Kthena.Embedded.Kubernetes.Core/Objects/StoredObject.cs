using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Model;

namespace Kthena.Embedded.Kubernetes.Core.Objects;

/// <summary>
/// One version of one object: its JSON as it goes over the wire, and what selectors and garbage collection ask for,
/// taken out once. Never changed; a write makes a new one.
/// </summary>
internal sealed class StoredObject
{
    private StoredObject(ApiKind kind, JsonObject json, ReadOnlyMemory<byte> utf8)
    {
        JsonObject? metadata = json.Object("metadata");
        Utf8 = utf8;
        Key = new ObjectKey(metadata.String("namespace") ?? "", metadata.String("name") ?? "");
        Uid = metadata.String("uid") ?? "";
        ResourceVersion = long.Parse(metadata.String("resourceVersion") ?? "0", NumberStyles.None, CultureInfo.InvariantCulture);
        Labels = ReadLabels(metadata.Object("labels"));
        Owners = metadata.Array("ownerReferences") is { Count: > 0 } owners ? [.. owners.Select(Owner.From)] : [];
        IsDeleting = metadata.String("deletionTimestamp") is not null;
        HasFinalizers = metadata.Array("finalizers") is { Count: > 0 };
        Fields = kind.SelectableFields.IsEmpty ? [] : [.. kind.SelectableFields.Select(field => json.At(field.Path).AsText() ?? "")];
    }

    /// <summary>The object, UTF-8, with kind and apiVersion.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    public ObjectKey Key { get; }

    public string Uid { get; }

    public long ResourceVersion { get; }

    public LabelSet Labels { get; }

    public ImmutableArray<Owner> Owners { get; }

    public bool IsDeleting { get; }

    public bool HasFinalizers { get; }

    /// <summary>The values of the kind's selectable fields, in the kind's order.</summary>
    public ImmutableArray<string> Fields { get; }

    /// <summary>A copy to change.</summary>
    public JsonObject ToMutable() => Json.ParseOwn(Utf8);

    /// <summary>Gives the object its version and keeps it.</summary>
    public static StoredObject Store(ApiKind kind, JsonObject json, long resourceVersion)
    {
        json.EnsureObject("metadata")["resourceVersion"] = resourceVersion.ToString(CultureInfo.InvariantCulture);
        return new StoredObject(kind, json, Json.Write(json));
    }

    /// <summary>Takes up an object that was stored before.</summary>
    public static StoredObject Restore(ApiKind kind, ReadOnlyMemory<byte> utf8) => new(kind, Json.ParseOwn(utf8), utf8);

    private static LabelSet ReadLabels(JsonObject? labels)
    {
        if (labels is null || labels.Count == 0)
            return LabelSet.Empty;
        return LabelSet.From(labels.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value.AsText() ?? "")));
    }
}
