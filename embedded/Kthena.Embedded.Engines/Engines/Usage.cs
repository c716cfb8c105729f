using System.Text.Json;

namespace Kthena.Embedded.Engines;

/// <summary>The tokens of one request.</summary>
internal readonly record struct Usage(int PromptTokens, int CachedTokens, int CompletionTokens)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", PromptTokens);
        json.WriteNumber("total_tokens", PromptTokens + CompletionTokens);
        json.WriteNumber("completion_tokens", CompletionTokens);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", CachedTokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
