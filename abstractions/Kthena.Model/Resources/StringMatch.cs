using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>A predicate on text: the first of exact, prefix and regex that is set decides; none set matches everything.</summary>
[GenerateSerializer, Immutable, Alias("kthena.StringMatch")]
public sealed record StringMatch
{
    /// <summary>The whole text.</summary>
    [Id(0)]
    public string? Exact { get; init; }

    /// <summary>What the text begins with.</summary>
    [Id(1)]
    public string? Prefix { get; init; }

    /// <summary>A regular expression in RE2 syntax, not anchored.</summary>
    [Id(2)]
    public string? Regex { get; init; }

    /// <summary>Reads a predicate.</summary>
    /// <param name="json">The object.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type.</exception>
    public static StringMatch Parse(JsonElement json) => new()
    {
        Exact = json.Text("exact"),
        Prefix = json.Text("prefix"),
        Regex = json.Text("regex"),
    };
}
