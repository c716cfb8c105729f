using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>What a request must look like; every predicate that is present must hold.</summary>
[GenerateSerializer, Immutable, Alias("kthena.ModelMatch")]
public sealed record ModelMatch
{
    /// <summary>Predicates on request headers; an absent header counts as empty text.</summary>
    [Id(0)]
    public ImmutableArray<HeaderMatch> Headers { get; init; } = [];

    /// <summary>A predicate on the path, without the query.</summary>
    [Id(1)]
    public StringMatch? Uri { get; init; }

    /// <summary>The exact <c>model</c> of the body.</summary>
    [Id(2)]
    public string? BodyModel { get; init; }

    /// <summary>Reads <c>modelMatch</c>.</summary>
    /// <param name="json">The object.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type.</exception>
    public static ModelMatch Parse(JsonElement json)
    {
        JsonElement headers = json.Field("headers");
        JsonElement uri = json.Field("uri");
        return new ModelMatch
        {
            Headers = headers.ValueKind == JsonValueKind.Object
                ? [.. headers.EnumerateObject()
                    .OrderBy(static header => header.Name, StringComparer.Ordinal)
                    .Select(static header => new HeaderMatch(header.Name, StringMatch.Parse(header.Value)))]
                : [],
            Uri = uri.ValueKind == JsonValueKind.Object ? StringMatch.Parse(uri) : null,
            BodyModel = json.Field("body").Text("model"),
        };
    }
}
