namespace Kthena.Routing.Body;

/// <summary>The members that the reader knows, at whatever level they stand.</summary>
internal enum BodyField
{
    Unknown,
    Model,
    Stream,
    StreamOptions,
    IncludeUsage,
    Prompt,
    Messages,
    Input,
    System,
    Instructions,
    Tools,
    Role,
    Content,
    ToolCalls,
    Type,
    Text,
    Media,
    MediaSource,
}

/// <summary>Tells a member's name.</summary>
internal static class BodyFields
{
    private const int EscapedNameBytesMax = 128;

    public static BodyField Of(ReadOnlySpan<byte> body, TextSpan name)
    {
        if (!name.IsEscaped)
            return Of(name.In(body));
        if (name.Length > EscapedNameBytesMax)
            return BodyField.Unknown;
        Span<byte> plain = stackalloc byte[EscapedNameBytesMax + 8];
        int length = JsonText.Unescape(name.In(body), plain, out _);
        return Of(plain[..length]);
    }

    private static BodyField Of(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            3 => name.SequenceEqual("url"u8) ? BodyField.MediaSource : BodyField.Unknown,
            4 => Four(name),
            5 => name.SequenceEqual("model"u8) ? BodyField.Model
                : name.SequenceEqual("input"u8) ? BodyField.Input
                : name.SequenceEqual("tools"u8) ? BodyField.Tools
                : name.SequenceEqual("image"u8) ? BodyField.Media : BodyField.Unknown,
            6 => name.SequenceEqual("stream"u8) ? BodyField.Stream
                : name.SequenceEqual("prompt"u8) ? BodyField.Prompt
                : name.SequenceEqual("system"u8) ? BodyField.System
                : name.SequenceEqual("source"u8) ? BodyField.Media : BodyField.Unknown,
            7 => name.SequenceEqual("content"u8) ? BodyField.Content
                : name.SequenceEqual("file_id"u8) ? BodyField.MediaSource : BodyField.Unknown,
            8 => name.SequenceEqual("messages"u8) ? BodyField.Messages : BodyField.Unknown,
            9 => name.SequenceEqual("image_url"u8) || name.SequenceEqual("video_url"u8) || name.SequenceEqual("audio_url"u8)
                ? BodyField.Media : BodyField.Unknown,
            10 => name.SequenceEqual("tool_calls"u8) ? BodyField.ToolCalls : BodyField.Unknown,
            11 => name.SequenceEqual("input_audio"u8) ? BodyField.Media : BodyField.Unknown,
            12 => name.SequenceEqual("instructions"u8) ? BodyField.Instructions : BodyField.Unknown,
            13 => name.SequenceEqual("include_usage"u8) ? BodyField.IncludeUsage : BodyField.Unknown,
            14 => name.SequenceEqual("stream_options"u8) ? BodyField.StreamOptions : BodyField.Unknown,
            _ => BodyField.Unknown,
        };

    private static BodyField Four(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("role"u8) ? BodyField.Role
        : name.SequenceEqual("text"u8) ? BodyField.Text
        : name.SequenceEqual("type"u8) ? BodyField.Type
        : name.SequenceEqual("data"u8) ? BodyField.MediaSource
        : name.SequenceEqual("file"u8) ? BodyField.Media
        : BodyField.Unknown;
}
