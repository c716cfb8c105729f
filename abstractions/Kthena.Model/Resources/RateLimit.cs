using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>How many tokens requests for a model may take in a unit of time. Crosses between grains and routers inside the routing snapshot.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RateLimit")]
public sealed record RateLimit
{
    /// <summary>Tokens of prompts per unit; null limits none.</summary>
    [Id(0)]
    public long? InputTokensPerUnit { get; init; }

    /// <summary>Tokens of answers per unit; null limits none.</summary>
    [Id(1)]
    public long? OutputTokensPerUnit { get; init; }

    /// <summary>The unit: a second, minute, hour, day, or a month of 30 days.</summary>
    [Id(2)]
    public TimeSpan Unit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether all routers are to count together, by way of Redis.</summary>
    [Id(3)]
    public bool IsGlobal { get; init; }

    /// <summary>Reads <c>rateLimit</c>.</summary>
    /// <param name="json">The field.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type, or the unit is none.</exception>
    public static RateLimit Parse(JsonElement json) => new()
    {
        InputTokensPerUnit = json.Int64("inputTokensPerUnit"),
        OutputTokensPerUnit = json.Int64("outputTokensPerUnit"),
        Unit = json.Text("unit") switch
        {
            null or "" or "second" => TimeSpan.FromSeconds(1),
            "minute" => TimeSpan.FromMinutes(1),
            "hour" => TimeSpan.FromHours(1),
            "day" => TimeSpan.FromDays(1),
            "month" => TimeSpan.FromDays(30),
            string other => throw new FormatException($"Field 'unit' must be second, minute, hour, day or month, not '{other}'."),
        },
        IsGlobal = json.Field("global").ValueKind == JsonValueKind.Object,
    };
}
