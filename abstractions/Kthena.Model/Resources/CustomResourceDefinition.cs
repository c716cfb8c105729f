using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>What our code reads of a CustomResourceDefinition: which versions are served, and which fields a spec can have.</summary>
public sealed record CustomResourceDefinition : IKubernetesResource<CustomResourceDefinition>
{
    private const int DepthMax = 8;

    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.CustomResourceDefinition;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>The served versions.</summary>
    public ImmutableArray<string> ServedVersions { get; init; } = [];

    /// <summary>
    /// The fields that the spec of a served version knows, as paths such as <c>subGroupPolicy.minSubGroups</c>: lists are
    /// passed over. A spec that takes unknown fields is the path <c>*</c>.
    /// </summary>
    public ImmutableSortedSet<string> SpecFields { get; init; } = [];

    /// <summary>Whether a spec can have a field.</summary>
    /// <param name="path">The field, such as <c>subGroupPolicy.minSubGroups</c>.</param>
    public bool Knows(string path) => SpecFields.Contains("*") || SpecFields.Contains(path);

    /// <inheritdoc/>
    public static CustomResourceDefinition Parse(JsonElement json)
    {
        var served = json.Field("spec").Items("versions", static version => version)
            .Where(static version => version.Boolean("served") == true)
            .ToList();
        var fields = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (JsonElement version in served)
            Collect(version.Field("schema").Field("openAPIV3Schema").Field("properties").Field("spec"), "", 0, fields);
        return new CustomResourceDefinition
        {
            Metadata = ObjectMeta.Parse(json),
            ServedVersions = [.. served.Select(static version => version.Text("name") ?? "")],
            SpecFields = fields.ToImmutable(),
        };
    }

    private static void Collect(JsonElement schema, string path, int depth, ImmutableSortedSet<string>.Builder fields)
    {
        if (path.Length == 0 && schema.Boolean("x-kubernetes-preserve-unknown-fields") == true)
            fields.Add("*");
        JsonElement items = schema.Field("items");
        if (items.ValueKind == JsonValueKind.Object)
            schema = items;
        JsonElement properties = schema.Field("properties");
        if (properties.ValueKind != JsonValueKind.Object || depth >= DepthMax)
            return;
        foreach (JsonProperty property in properties.EnumerateObject())
        {
            string own = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            fields.Add(own);
            Collect(property.Value, own, depth + 1, fields);
        }
    }
}
