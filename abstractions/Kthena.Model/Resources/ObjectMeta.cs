using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>The metadata that our code reads of an object.</summary>
public sealed record ObjectMeta
{
    /// <summary>The namespace; empty for cluster-scoped objects.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The identity that a same-named successor does not share.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The version of this very state, as the server wrote it.</summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>Counts changes of the spec; 0 where the kind has none.</summary>
    public long Generation { get; init; }

    /// <summary>When the object was created.</summary>
    public DateTimeOffset CreationTimestamp { get; init; }

    /// <summary>When deletion was asked for; null while the object lives.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>The labels.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>The annotations.</summary>
    public LabelSet Annotations { get; init; } = LabelSet.Empty;

    /// <summary>The owners.</summary>
    public ImmutableArray<OwnerReference> OwnerReferences { get; init; } = [];

    /// <summary>The object's identity.</summary>
    public NamespacedName Key => new(Namespace, Name);

    /// <summary>The owner with <c>controller: true</c>, or null.</summary>
    public OwnerReference? Controller => OwnerReferences.FirstOrDefault(static owner => owner.IsController);

    /// <summary>Reads <c>metadata</c> of an object.</summary>
    /// <param name="json">The whole object.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type.</exception>
    public static ObjectMeta Parse(JsonElement json)
    {
        JsonElement meta = json.Field("metadata");
        return new ObjectMeta
        {
            Namespace = meta.Text("namespace") ?? "",
            Name = meta.Text("name") ?? "",
            Uid = meta.Text("uid") ?? "",
            ResourceVersion = meta.Text("resourceVersion") ?? "",
            Generation = meta.Int64("generation") ?? 0,
            CreationTimestamp = meta.Instant("creationTimestamp") ?? default,
            DeletionTimestamp = meta.Instant("deletionTimestamp"),
            Labels = meta.Labels("labels"),
            Annotations = meta.Labels("annotations"),
            OwnerReferences = meta.Items("ownerReferences", OwnerReference.Parse),
        };
    }
}
