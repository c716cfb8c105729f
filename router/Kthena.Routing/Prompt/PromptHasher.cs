using System.Buffers;
using System.Globalization;
using Kthena.Routing.Body;

namespace Kthena.Routing.Prompt;

/// <summary>
/// Hashes the prompt of a body in the order in which a chat template lays it out, straight from the body's bytes:
/// escapes are taken out as it goes, and no text of the prompt is ever put together.
/// </summary>
public static class PromptHasher
{
    private const int UnescapeBytes = 2048;

    /// <summary>The chain of a body that was read.</summary>
    /// <param name="json">The body.</param>
    /// <param name="body">Its spans.</param>
    /// <param name="options">How to cut and what counts.</param>
    /// <param name="index">
    /// The hash of the model or adapter that the engine is asked for, by which prompts of different ones share nothing; 0 to leave it
    /// out. By upstream's rule the chain itself begins with the requested name, and this is left out.
    /// </param>
    public static BlockChain Hash(ReadOnlySpan<byte> json, RequestBody body, PromptHashOptions options, ulong index = 0)
    {
        BlockChain chain = Rent(json, body, options, index, out byte[] buffer);
        chain = chain with { Bytes = chain.Bytes.ToArray() };
        ArrayPool<byte>.Shared.Return(buffer);
        return chain;
    }

    /// <summary>The chain of a body that was read, in a buffer of the shared pool: a long prompt's is thousands of bytes.</summary>
    /// <param name="json">The body.</param>
    /// <param name="body">Its spans.</param>
    /// <param name="options">How to cut and what counts.</param>
    /// <param name="index">As for <see cref="Hash(ReadOnlySpan{byte}, RequestBody, PromptHashOptions, ulong)"/>.</param>
    /// <param name="buffer">What the chain lies in; the caller gives it back when nobody reads the chain any more.</param>
    public static BlockChain Rent(ReadOnlySpan<byte> json, RequestBody body, PromptHashOptions options, ulong index, out byte[] buffer)
    {
        ulong start = options.IsUpstreamChain
            ? BlockHasher.StartOf(options, System.Text.Encoding.UTF8.GetBytes(BodyReader.ModelName(json, body)))
            : BlockHasher.StartOf(options, default);
        var hasher = new BlockHasher(options, start, stackalloc byte[BlockHasher.BlockBytesMax]);
        Feed(json, body, options.IsUpstreamChain, ref hasher);
        return hasher.Finish(options.IsUpstreamChain ? 0 : index, out buffer);
    }

    /// <summary>The chain of a plain prompt.</summary>
    /// <param name="model">The requested model's name.</param>
    /// <param name="prompt">The prompt, UTF-8.</param>
    /// <param name="options">How to cut.</param>
    public static BlockChain Hash(string model, ReadOnlySpan<byte> prompt, PromptHashOptions options)
    {
        ulong start = BlockHasher.StartOf(options, System.Text.Encoding.UTF8.GetBytes(model));
        var hasher = new BlockHasher(options, start, stackalloc byte[BlockHasher.BlockBytesMax]);
        hasher.Append(prompt);
        return hasher.Finish(index: 0);
    }

    private static void Feed(ReadOnlySpan<byte> json, RequestBody body, bool isTextOnly, ref BlockHasher hasher)
    {
        if (body.Prompt.Span.Exists && !body.IsInput)
        {
            Feed(json, body.Prompt, isTextOnly, ref hasher);
            return;
        }
        if (!isTextOnly && body.Tools.Exists)
        {
            hasher.Append("<|tools|>"u8);
            hasher.Append(body.Tools.In(json));
            hasher.Append("\n"u8);
        }
        FeedPreamble(json, body, isTextOnly, ref hasher);
        if (body.Prompt.Span.Exists)
        {
            // A responses-style text is one message of the user.
            Open("user"u8, ref hasher);
            Feed(json, body.Prompt, isTextOnly, ref hasher);
            Close(ref hasher);
        }
        foreach (PromptMessage message in body.Conversation)
        {
            if (message.Role.Exists || !isTextOnly)
                Feed(json, body, message, message.Role, default, isTextOnly, ref hasher);
        }
    }

    private static void FeedPreamble(ReadOnlySpan<byte> json, RequestBody body, bool isTextOnly, ref BlockHasher hasher)
    {
        if (body.Preamble.PartCount > 0)
            Feed(json, body, body.Preamble, TextSpan.None, body.HasInstructions ? "developer"u8 : "system"u8, isTextOnly, ref hasher);
    }

    private static void Feed(
        ReadOnlySpan<byte> json,
        RequestBody body,
        PromptMessage message,
        TextSpan role,
        ReadOnlySpan<byte> knownRole,
        bool isTextOnly,
        ref BlockHasher hasher)
    {
        hasher.Append("<|im_start|>"u8);
        if (role.Exists)
            FeedText(json, role, ref hasher);
        hasher.Append(knownRole);
        hasher.Append("\n"u8);
        bool isFirst = true;
        foreach (PromptPart part in body.Parts.Slice(message.FirstPart, message.PartCount))
        {
            if (isTextOnly && part.Kind != PromptPartKind.Text)
                continue;
            if (!isFirst)
                hasher.Append("\n"u8);
            isFirst = false;
            Feed(json, part, isTextOnly, ref hasher);
        }
        Close(ref hasher);
    }

    private static void Open(ReadOnlySpan<byte> role, ref BlockHasher hasher)
    {
        hasher.Append("<|im_start|>"u8);
        hasher.Append(role);
        hasher.Append("\n"u8);
    }

    private static void Close(ref BlockHasher hasher) => hasher.Append("<|im_end|>\n"u8);

    private static void Feed(ReadOnlySpan<byte> json, PromptPart part, bool isTextOnly, ref BlockHasher hasher)
    {
        switch (part.Kind)
        {
            case PromptPartKind.Text:
                FeedText(json, part.Span, ref hasher);
                break;
            case PromptPartKind.Raw when !isTextOnly:
                hasher.Append(part.Span.In(json));
                break;
            case PromptPartKind.Media when !isTextOnly:
                Span<byte> digest = stackalloc byte[16];
                XxHash64.Hash(part.Span.In(json)).TryFormat(digest, out _, "x16", CultureInfo.InvariantCulture);
                hasher.Append("<|media|>"u8);
                hasher.Append(digest);
                break;
        }
    }

    private static void FeedText(ReadOnlySpan<byte> json, TextSpan span, ref BlockHasher hasher)
    {
        ReadOnlySpan<byte> text = span.In(json);
        if (!span.IsEscaped)
        {
            hasher.Append(text);
            return;
        }
        Span<byte> plain = stackalloc byte[UnescapeBytes];
        while (!text.IsEmpty)
        {
            int written = JsonText.Unescape(text, plain, out int consumed);
            hasher.Append(plain[..written]);
            text = text[consumed..];
        }
    }
}
