using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>The desired state of a ModelRoute. Crosses between grains and routers inside the routing snapshot.</summary>
[GenerateSerializer, Immutable, Alias("kthena.ModelRouteSpec")]
public sealed record ModelRouteSpec
{
    /// <summary>The model name that requests ask for; empty when the route serves adapters only.</summary>
    [Id(0)]
    public string ModelName { get; init; } = "";

    /// <summary>Names of LoRA adapters that requests may ask for.</summary>
    [Id(1)]
    public ImmutableArray<string> LoraAdapters { get; init; } = [];

    /// <summary>The rules, tried in order; none never matches.</summary>
    [Id(2)]
    public ImmutableArray<RouteRule> Rules { get; init; } = [];

    /// <summary>Whether the route binds itself to gateways with <c>parentRefs</c>.</summary>
    [Id(3)]
    public bool HasParentRefs { get; init; }

    /// <summary>How much requests for the model may take; null is no limit.</summary>
    [Id(5)]
    public RateLimit? RateLimit { get; init; }

    /// <summary>Reads <c>spec</c>.</summary>
    /// <param name="json">The spec.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type.</exception>
    public static ModelRouteSpec Parse(JsonElement json) => new()
    {
        ModelName = json.Text("modelName") ?? "",
        LoraAdapters = json.Texts("loraAdapters"),
        Rules = json.Items("rules", RouteRule.Parse),
        HasParentRefs = json.Field("parentRefs").ValueKind == JsonValueKind.Array && json.Field("parentRefs").GetArrayLength() > 0,
        RateLimit = json.Field("rateLimit") is { ValueKind: JsonValueKind.Object } limit ? RateLimit.Parse(limit) : null,
    };
}
