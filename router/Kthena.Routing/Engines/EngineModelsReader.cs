using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Routing.Engines;

/// <summary>Reads an engine's answer to <c>GET /v1/models</c>.</summary>
public static class EngineModelsReader
{
    private const int ModelsMax = 1024;

    /// <summary>The models and adapters that the engine has loaded, ascending.</summary>
    /// <param name="json">The answer.</param>
    /// <returns>Their names; null when the answer is not a list of models, which says nothing of what is loaded.</returns>
    public static ImmutableArray<string>? Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Array)
            {
                return null;
            }
            return
            [
                .. data.EnumerateArray()
                    .Where(static model => model.ValueKind == JsonValueKind.Object
                        && model.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String)
                    .Select(static model => model.GetProperty("id").GetString()!)
                    .Take(ModelsMax)
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // A half of a surrogate pair, escaped, is good JSON and no text.
            return null;
        }
    }
}
