using Kthena.Routing.Body;

namespace Kthena.Routing.Accounting;

/// <summary>The tokens that an engine says it has used.</summary>
/// <param name="InputTokens">Tokens of the prompt.</param>
/// <param name="OutputTokens">Tokens of the answer.</param>
public readonly record struct TokenUsage(long InputTokens, long OutputTokens)
{
    /// <summary>Whether anything was used.</summary>
    public bool Exists => InputTokens > 0 || OutputTokens > 0;

    /// <summary>Reads a <c>usage</c> object: completions-style, responses-style or messages-style.</summary>
    /// <param name="json">Text that begins with the object; what follows it is not looked at.</param>
    /// <param name="usage">What it says.</param>
    /// <returns>Whether the text begins with a whole object.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> json, out TokenUsage usage)
    {
        var cursor = new JsonCursor(json);
        return TryRead(json, ref cursor, out usage);
    }

    internal static bool TryRead(ReadOnlySpan<byte> json, ref JsonCursor cursor, out TokenUsage usage)
    {
        long prompt = 0, cached = 0, output = 0;
        usage = default;
        bool isFirst = true;
        if (!cursor.Enter((byte)'{'))
            return false;
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name))
        {
            if (!cursor.Value(out TextSpan value))
                return false;
            ReadOnlySpan<byte> key = name.In(json);
            if (key.SequenceEqual("prompt_tokens"u8) || key.SequenceEqual("input_tokens"u8))
                prompt = Number(value.In(json));
            else if (key.SequenceEqual("completion_tokens"u8) || key.SequenceEqual("output_tokens"u8))
                output = Number(value.In(json));
            else if (key.SequenceEqual("cache_creation_input_tokens"u8) || key.SequenceEqual("cache_read_input_tokens"u8))
                cached += Number(value.In(json));
        }
        if (cursor.Fault is not null)
            return false;
        usage = new TokenUsage(prompt + cached, output);
        return true;
    }

    private static long Number(ReadOnlySpan<byte> text) =>
        System.Buffers.Text.Utf8Parser.TryParse(text, out long number, out int consumed) && consumed == text.Length && number > 0 ? number : 0;
}
