using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Embedded.Kubernetes.Core.Schemas;
using Kthena.Embedded.Kubernetes.Core.Tables;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>A field that field selectors may name, besides <c>metadata.name</c> and <c>metadata.namespace</c>.</summary>
/// <param name="Name">The field as selectors write it.</param>
/// <param name="Path">The member names that lead to it.</param>
internal sealed record SelectableField(string Name, string[] Path)
{
    public static SelectableField Of(string name) => new(name, name.Split('.'));
}

/// <summary>Where a kind's scale subresource reads and writes.</summary>
internal sealed record ScalePaths(string[] SpecReplicas, string[] StatusReplicas, string[]? LabelSelector);

/// <summary>One served resource type: everything that the request handlers ask of it.</summary>
internal sealed class ApiKind
{
    public required ResourceKind Resource { get; init; }

    public required string Singular { get; init; }

    public ImmutableArray<string> ShortNames { get; init; } = [];

    public ImmutableArray<string> Categories { get; init; } = [];

    /// <summary>Whether <c>/status</c> exists and the main resource leaves the status alone.</summary>
    public bool HasStatus { get; init; }

    /// <summary>Whether <c>metadata.generation</c> counts changes outside metadata and status.</summary>
    public bool HasGeneration { get; init; }

    public ScalePaths? Scale { get; init; }

    /// <summary>The structural schema of a custom resource; null for built-in kinds.</summary>
    public StructuralSchema? Schema { get; init; }

    /// <summary>The schema's own JSON, for OpenAPI; undefined for built-in kinds.</summary>
    public JsonElement SchemaJson { get; init; }

    public required KindRules Rules { get; init; }

    /// <summary>Reads an object as its clients do; throws <see cref="FormatException"/> where a field has the wrong type.</summary>
    public Action<JsonElement> Read { get; init; } = static json => ObjectMeta.Parse(json);

    public required TablePrinter Printer { get; init; }

    public ImmutableArray<SelectableField> SelectableFields { get; init; } = [];

    /// <summary>Whether this kind came from a CustomResourceDefinition.</summary>
    public bool IsCustom { get; init; }

    public string ListKind => Resource.Kind + "List";

    /// <summary>The journal's space for objects of this kind.</summary>
    public string Space => Resource.ToString();

    public int FieldIndex(string name)
    {
        for (int at = 0; at < SelectableFields.Length; at++)
        {
            if (SelectableFields[at].Name == name)
                return at;
        }
        return -1;
    }

    public override string ToString() => Resource.ToString();
}
