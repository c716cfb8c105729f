using System.Text;
using System.Text.Json;

namespace Kthena.Embedded.Engines;

/// <summary>What an engine reads of a chat or text completion request.</summary>
internal sealed record CompletionRequest
{
    /// <summary>The model or adapter; empty takes the engine's model.</summary>
    public required string Model { get; init; }

    /// <summary>The prompt as the model sees it, chat turns in template order; UTF-8.</summary>
    public required byte[] Prompt { get; init; }

    /// <summary>Whether the request has chat turns.</summary>
    public bool IsChat { get; init; }

    /// <summary>Tokens of the answer at most; null leaves it to the answer.</summary>
    public int? TokensMax { get; init; }

    /// <summary>Whether the answer goes on until <see cref="TokensMax"/>.</summary>
    public bool IgnoresEnd { get; init; }

    /// <summary>Whether the answer is streamed.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>Whether a stream ends with a chunk that holds the usage.</summary>
    public bool IncludesUsage { get; init; }

    /// <summary>Whether the KV cache is for another engine, which is told how to get it by <c>kv_transfer_params</c> of the answer.</summary>
    public bool GivesKvAway { get; init; }

    /// <summary>Whether the KV cache of the prompt comes from another engine.</summary>
    public bool TakesKvOver { get; init; }

    /// <summary>Tokens of the prompt: a token is taken for four bytes.</summary>
    public int PromptTokens => Math.Max(1, (Prompt.Length + PrefixCache.TokenBytes - 1) / PrefixCache.TokenBytes);

    /// <summary>Reads a request body.</summary>
    /// <exception cref="FormatException">A field is missing or wrong; the message is for the client.</exception>
    public static CompletionRequest Parse(JsonElement json, bool isChat)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException("The body must be a JSON object.");
        if (Field(json, "n", JsonValueKind.Number) is { } choices && choices.GetDouble() is not 1)
            throw new FormatException("n must be 1: a simulated engine gives one choice.");
        int? tokensMax = Integer(json, "max_completion_tokens") ?? Integer(json, "max_tokens");
        return new CompletionRequest
        {
            Model = Field(json, "model", JsonValueKind.String)?.GetString() ?? "",
            Prompt = isChat ? ChatPrompt(json) : TextPrompt(json),
            IsChat = isChat,
            TokensMax = tokensMax ?? (isChat ? null : 16),
            GivesKvAway = Field(json, "kv_transfer_params", JsonValueKind.Object) is { } giving && Boolean(giving, "do_remote_decode"),
            TakesKvOver = (Field(json, "kv_transfer_params", JsonValueKind.Object) is { } taking && Boolean(taking, "do_remote_prefill"))
                || Field(json, "bootstrap_room", JsonValueKind.Number) is not null,
            IgnoresEnd = Boolean(json, "ignore_eos"),
            IsStreamed = Boolean(json, "stream"),
            IncludesUsage = Field(json, "stream_options", JsonValueKind.Object) is { } options && Boolean(options, "include_usage"),
        };
    }

    private static byte[] ChatPrompt(JsonElement json)
    {
        if (Field(json, "messages", JsonValueKind.Array) is not { } messages || messages.GetArrayLength() == 0)
            throw new FormatException("messages must be a list of at least one message.");
        var prompt = new StringBuilder();
        if (Field(json, "tools", JsonValueKind.Array) is { } tools)
            prompt.Append(tools.GetRawText()).Append('\n');
        foreach (JsonElement message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object || Field(message, "role", JsonValueKind.String) is not { } role)
                throw new FormatException("Each message must be an object with a role.");
            prompt.Append("<|im_start|>").Append(role.GetString()).Append('\n');
            AppendContent(prompt, message);
            prompt.Append("<|im_end|>\n");
        }
        return Encoding.UTF8.GetBytes(prompt.Append("<|im_start|>assistant\n").ToString());
    }

    private static void AppendContent(StringBuilder prompt, JsonElement message)
    {
        if (!message.TryGetProperty("content", out JsonElement content) || content.ValueKind == JsonValueKind.Null)
            return;
        if (content.ValueKind == JsonValueKind.String)
        {
            prompt.Append(content.GetString());
            return;
        }
        if (content.ValueKind != JsonValueKind.Array)
            throw new FormatException("content must be a text or a list of parts.");
        foreach (JsonElement part in content.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && Field(part, "text", JsonValueKind.String) is { } text)
                prompt.Append(text.GetString());
            else
                prompt.Append(part.GetRawText());
        }
    }

    private static byte[] TextPrompt(JsonElement json)
    {
        if (!json.TryGetProperty("prompt", out JsonElement prompt))
            throw new FormatException("prompt is required.");
        return prompt.ValueKind switch
        {
            JsonValueKind.String => Encoding.UTF8.GetBytes(prompt.GetString()!),
            JsonValueKind.Array when prompt.GetArrayLength() > 0 => Encoding.UTF8.GetBytes(
                string.Join(' ', prompt.EnumerateArray().Select(static part => part.ToString()))),
            _ => throw new FormatException("prompt must be a text, a list of texts or a list of token ids."),
        };
    }

    private static JsonElement? Field(JsonElement json, string name, JsonValueKind kind)
    {
        if (!json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == kind ? value : throw new FormatException($"{name} must be a JSON {kind}, not {value.ValueKind}.");
    }

    private static int? Integer(JsonElement json, string name)
    {
        if (Field(json, name, JsonValueKind.Number) is not { } value)
            return null;
        return value.TryGetInt32(out int number) && number >= 1
            ? number
            : throw new FormatException($"{name} must be at least 1, got {value.GetRawText()}.");
    }

    private static bool Boolean(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out JsonElement value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False)
            return false;
        return value.ValueKind == JsonValueKind.True ? true : throw new FormatException($"{name} must be true or false.");
    }
}
