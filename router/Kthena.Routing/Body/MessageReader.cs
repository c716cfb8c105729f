namespace Kthena.Routing.Body;

/// <summary>Reads a conversation: a list of messages, each with a role and content that is text or a list of parts.</summary>
internal static class MessageReader
{
    /// <summary>Reads a list of messages into <paramref name="body"/>.</summary>
    /// <returns>Whether the value was a list; anything else is skipped.</returns>
    public static bool List(ReadOnlySpan<byte> json, ref JsonCursor cursor, RequestBody body, out Range messages)
    {
        int first = body.MessageCount;
        messages = first..first;
        if (cursor.Peek() != (byte)'[')
        {
            cursor.Value(out _);
            return false;
        }
        bool isFirst = true;
        cursor.Enter((byte)'[');
        while (cursor.Next((byte)']', ref isFirst))
            Item(json, ref cursor, body);
        messages = first..body.MessageCount;
        return true;
    }

    /// <summary>Reads content: a string, or a list of parts.</summary>
    public static void Content(ReadOnlySpan<byte> json, ref JsonCursor cursor, RequestBody body)
    {
        if (cursor.Peek() == (byte)'"')
        {
            cursor.String(out TextSpan text);
            body.Add(new PromptPart(PromptPartKind.Text, text));
            return;
        }
        if (cursor.Peek() != (byte)'[')
        {
            cursor.Value(out _);
            return;
        }
        bool isFirst = true;
        cursor.Enter((byte)'[');
        while (cursor.Next((byte)']', ref isFirst))
            body.Add(Part(json, ref cursor));
    }

    private static void Item(ReadOnlySpan<byte> json, ref JsonCursor cursor, RequestBody body)
    {
        int firstPart = body.PartCount;
        if (cursor.Peek() != (byte)'{')
        {
            cursor.Value(out TextSpan bare);
            body.Add(new PromptPart(PromptPartKind.Raw, bare));
            body.Add(new PromptMessage(TextSpan.None, firstPart, 1));
            return;
        }
        int start = cursor.Position;
        TextSpan role = TextSpan.None, toolCalls = TextSpan.None;
        bool isFirst = true;
        cursor.Enter((byte)'{');
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name))
        {
            switch (BodyFields.Of(json, name))
            {
                case BodyField.Role:
                    role = BodyReader.TextOrNone(ref cursor);
                    break;
                case BodyField.Content:
                    body.DropPartsFrom(firstPart);
                    Content(json, ref cursor, body);
                    break;
                case BodyField.ToolCalls:
                    cursor.Value(out toolCalls);
                    break;
                default:
                    cursor.Value(out _);
                    break;
            }
        }
        if (!role.Exists)
        {
            body.DropPartsFrom(firstPart);
            body.Add(new PromptPart(PromptPartKind.Raw, new TextSpan(start, cursor.Position - start)));
        }
        else if (toolCalls.Exists && !toolCalls.In(json).SequenceEqual("null"u8))
        {
            body.Add(new PromptPart(PromptPartKind.Raw, toolCalls));
        }
        body.Add(new PromptMessage(role, firstPart, body.PartCount - firstPart));
    }

    private static PromptPart Part(ReadOnlySpan<byte> json, ref JsonCursor cursor)
    {
        if (cursor.Peek() != (byte)'{')
        {
            cursor.Value(out TextSpan bare);
            return new PromptPart(PromptPartKind.Raw, bare);
        }
        int start = cursor.Position;
        TextSpan text = TextSpan.None, media = TextSpan.None;
        bool isText = true;
        bool isFirst = true;
        cursor.Enter((byte)'{');
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name))
        {
            switch (BodyFields.Of(json, name))
            {
                case BodyField.Type:
                    isText = IsTextType(json, BodyReader.TextOrNone(ref cursor));
                    break;
                case BodyField.Text:
                    text = BodyReader.TextOrNone(ref cursor);
                    break;
                case BodyField.Media:
                    media = Media(json, ref cursor);
                    break;
                default:
                    cursor.Value(out _);
                    break;
            }
        }
        if (isText && text.Exists)
            return new PromptPart(PromptPartKind.Text, text);
        return media.Exists && !isText
            ? new PromptPart(PromptPartKind.Media, media)
            : new PromptPart(PromptPartKind.Raw, new TextSpan(start, cursor.Position - start));
    }

    private static bool IsTextType(ReadOnlySpan<byte> json, TextSpan type) =>
        !type.Exists
        || JsonText.Equals(json, type, "text"u8)
        || JsonText.Equals(json, type, "input_text"u8)
        || JsonText.Equals(json, type, "output_text"u8);

    /// <summary>The address or the data of an image, sound or file: a string, or a member of an object.</summary>
    private static TextSpan Media(ReadOnlySpan<byte> json, ref JsonCursor cursor)
    {
        if (cursor.Peek() != (byte)'{')
        {
            cursor.Value(out TextSpan value);
            return value;
        }
        int start = cursor.Position;
        TextSpan source = TextSpan.None;
        bool isFirst = true;
        cursor.Enter((byte)'{');
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name))
        {
            bool isSource = BodyFields.Of(json, name) == BodyField.MediaSource;
            cursor.Value(out TextSpan value);
            if (isSource)
                source = value;
        }
        return source.Exists ? source : new TextSpan(start, cursor.Position - start);
    }
}
