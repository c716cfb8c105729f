using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>One weighted destination of a rule, in the route's namespace.</summary>
[GenerateSerializer, Immutable, Alias("kthena.TargetModel")]
public sealed record TargetModel
{
    /// <summary>The ModelServer's name; null when the target is an external provider.</summary>
    [Id(0)]
    public string? ModelServerName { get; init; }

    /// <summary>The ExternalModelProvider's name; null when the target is a ModelServer.</summary>
    [Id(1)]
    public string? ExternalModelProviderName { get; init; }

    /// <summary>The share of requests, 0 to 100, relative to the sum over the rule's targets.</summary>
    [Id(2)]
    public int Weight { get; init; } = 100;

    /// <summary>Reads one entry of <c>targetModels</c>.</summary>
    /// <param name="json">The entry.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type.</exception>
    public static TargetModel Parse(JsonElement json) => new()
    {
        ModelServerName = json.Text("modelServerName"),
        ExternalModelProviderName = json.Text("externalModelProviderName"),
        Weight = json.Int32("weight") ?? 100,
    };
}
