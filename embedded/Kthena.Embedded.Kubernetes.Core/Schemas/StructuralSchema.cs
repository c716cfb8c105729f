using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kthena.Embedded.Kubernetes.Core.Schemas;

/// <summary>One node of a CustomResourceDefinition's <c>openAPIV3Schema</c>, read once.</summary>
internal sealed class StructuralSchema
{
    private readonly Lazy<Regex?> _pattern;

    private StructuralSchema(JsonElement json)
    {
        Type = Text(json, "type");
        Format = Text(json, "format");
        IsIntOrString = Flag(json, "x-kubernetes-int-or-string");
        PreservesUnknown = Flag(json, "x-kubernetes-preserve-unknown-fields");
        IsEmbeddedResource = Flag(json, "x-kubernetes-embedded-resource");
        IsAtomicMap = Text(json, "x-kubernetes-map-type") == "atomic";
        IsNullable = Flag(json, "nullable");
        Minimum = Number(json, "minimum");
        Maximum = Number(json, "maximum");
        IsMinimumExclusive = Flag(json, "exclusiveMinimum");
        IsMaximumExclusive = Flag(json, "exclusiveMaximum");
        MinLength = (int?)Number(json, "minLength");
        MaxLength = (int?)Number(json, "maxLength");
        MinItems = (int?)Number(json, "minItems");
        MaxItems = (int?)Number(json, "maxItems");
        MinProperties = (int?)Number(json, "minProperties");
        MaxProperties = (int?)Number(json, "maxProperties");
        PatternText = Text(json, "pattern");
        ListType = Text(json, "x-kubernetes-list-type");
        ListMapKeys = Texts(json, "x-kubernetes-list-map-keys");
        Required = Texts(json, "required");
        Enum = json.TryGetProperty("enum", out JsonElement values) ? [.. values.EnumerateArray().Select(static value => JsonValue.Create(value.Clone())!)] : [];
        Default = json.TryGetProperty("default", out JsonElement fallback) ? JsonNode.Parse(fallback.GetRawText()) : null;
        Properties = json.TryGetProperty("properties", out JsonElement properties)
            ? properties.EnumerateObject().ToFrozenDictionary(static member => member.Name, static member => Compile(member.Value), StringComparer.Ordinal)
            : FrozenDictionary<string, StructuralSchema>.Empty;
        DefaultedProperties = [.. Properties.Where(static member => member.Value.Default is not null)
            .OrderBy(static member => member.Key, StringComparer.Ordinal)];
        Items = json.TryGetProperty("items", out JsonElement items) ? Compile(items) : null;
        if (json.TryGetProperty("additionalProperties", out JsonElement additional))
        {
            AllowsAdditional = additional.ValueKind != JsonValueKind.False;
            AdditionalProperties = additional.ValueKind == JsonValueKind.Object ? Compile(additional) : null;
        }
        AllOf = Schemas(json, "allOf");
        AnyOf = Schemas(json, "anyOf");
        OneOf = Schemas(json, "oneOf");
        Not = json.TryGetProperty("not", out JsonElement not) ? Compile(not) : null;
        _pattern = new Lazy<Regex?>(() => PatternText is null ? null : Re2Pattern.Compile(PatternText));
    }

    public string? Type { get; }
    public string? Format { get; }
    public bool IsIntOrString { get; }
    public bool PreservesUnknown { get; }
    public bool IsEmbeddedResource { get; }
    public bool IsAtomicMap { get; }
    public bool IsNullable { get; }
    public double? Minimum { get; }
    public double? Maximum { get; }
    public bool IsMinimumExclusive { get; }
    public bool IsMaximumExclusive { get; }
    public int? MinLength { get; }
    public int? MaxLength { get; }
    public int? MinItems { get; }
    public int? MaxItems { get; }
    public int? MinProperties { get; }
    public int? MaxProperties { get; }
    public string? PatternText { get; }
    public Regex? Pattern => _pattern.Value;
    public string? ListType { get; }
    public ImmutableArray<string> ListMapKeys { get; }
    public ImmutableArray<string> Required { get; }
    public ImmutableArray<JsonValue> Enum { get; }
    public JsonNode? Default { get; }
    public FrozenDictionary<string, StructuralSchema> Properties { get; }

    /// <summary>The properties that have defaults, in a fixed order.</summary>
    public ImmutableArray<KeyValuePair<string, StructuralSchema>> DefaultedProperties { get; }

    public StructuralSchema? Items { get; }
    public StructuralSchema? AdditionalProperties { get; }
    public bool AllowsAdditional { get; }
    public ImmutableArray<StructuralSchema> AllOf { get; }
    public ImmutableArray<StructuralSchema> AnyOf { get; }
    public ImmutableArray<StructuralSchema> OneOf { get; }
    public StructuralSchema? Not { get; }

    /// <summary>Reads a schema.</summary>
    /// <param name="json">The content of <c>openAPIV3Schema</c> or of a part of it.</param>
    public static StructuralSchema Compile(JsonElement json) => new(json);

    /// <summary>The schema of a member; null when the schema does not name it.</summary>
    public StructuralSchema? Member(string name) => Properties.GetValueOrDefault(name) ?? AdditionalProperties;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static ImmutableArray<string> Texts(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? [.. value.EnumerateArray().Select(static item => item.GetString() ?? "")] : [];

    private static ImmutableArray<StructuralSchema> Schemas(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? [.. value.EnumerateArray().Select(Compile)] : [];
}
