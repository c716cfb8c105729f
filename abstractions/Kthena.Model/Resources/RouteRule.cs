using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>One rule of a ModelRoute.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RouteRule")]
public sealed record RouteRule
{
    /// <summary>A name for people.</summary>
    [Id(0)]
    public string Name { get; init; } = "";

    /// <summary>What a request must look like; null matches every request.</summary>
    [Id(1)]
    public ModelMatch? Match { get; init; }

    /// <summary>Where requests go, by weight.</summary>
    [Id(2)]
    public ImmutableArray<TargetModel> Targets { get; init; } = [];

    /// <summary>Reads one entry of <c>spec.rules</c>.</summary>
    /// <param name="json">The entry.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type.</exception>
    public static RouteRule Parse(JsonElement json) => new()
    {
        Name = json.Text("name") ?? "",
        Match = json.Field("modelMatch").ValueKind == JsonValueKind.Object ? ModelMatch.Parse(json.Field("modelMatch")) : null,
        Targets = json.Items("targetModels", TargetModel.Parse),
    };
}
