using System.Text.Unicode;

namespace Kthena.Routing.Body;

/// <summary>
/// Reads the bodies of <c>/v1/completions</c>, <c>/v1/chat/completions</c>, <c>/v1/responses</c> and
/// <c>/v1/messages</c> in one pass, whatever the order of their members. Of members with one name the last wins.
/// </summary>
public static class BodyReader
{
    /// <summary>Finds the spans of a body.</summary>
    /// <param name="json">The body; UTF-8, one JSON object.</param>
    /// <param name="body">Receives the spans; what it held before is gone.</param>
    /// <returns><see cref="BodyFault.None"/>, or the first thing that makes the body unroutable.</returns>
    public static BodyFault Read(ReadOnlySpan<byte> json, RequestBody body)
    {
        body.Reset();
        if (!Utf8.IsValid(json))
            return new BodyFault(BodyError.InvalidUtf8, 0, "the body is not UTF-8");
        var cursor = new JsonCursor(json);
        TopLevel(json, ref cursor, body);
        if (cursor.Fault is null && !cursor.AtEnd())
            return new BodyFault(BodyError.InvalidJson, cursor.Position, "text after the JSON object");
        if (cursor.Fault is not null)
            return new BodyFault(BodyError.InvalidJson, cursor.Position, cursor.Fault);
        if (body.HasTooManyParts)
            return new BodyFault(BodyError.TooManyParts, 0, $"more than {RequestBody.PartsMax} messages or parts");
        if (!body.Model.Exists || IsBlank(json, body.Model))
            return new BodyFault(BodyError.ModelMissing, 0, "model not found");
        return body.HasPrompt ? BodyFault.None : new BodyFault(BodyError.PromptMissing, 0, "prompt not found");
    }

    /// <summary>The requested model's name.</summary>
    /// <param name="json">The body.</param>
    /// <param name="body">Its spans.</param>
    public static string ModelName(ReadOnlySpan<byte> json, RequestBody body) => JsonText.Read(json, body.Model);

    private static void TopLevel(ReadOnlySpan<byte> json, ref JsonCursor cursor, RequestBody body)
    {
        // "prompt" is looked at before "messages", and "messages" before "input", whatever comes first.
        bool hasMessages = false;
        PromptPart inputText = new(PromptPartKind.Text, TextSpan.None);
        Range? input = null;
        bool isFirst = true;
        if (!cursor.Enter((byte)'{'))
            return;
        body.InsideStart = cursor.Position;
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name))
        {
            switch (BodyFields.Of(json, name))
            {
                case BodyField.Model:
                    body.Model = TextOrNone(ref cursor);
                    break;
                case BodyField.Stream:
                    cursor.Value(out TextSpan stream);
                    body.IsStreaming = stream.Exists && stream.In(json).SequenceEqual("true"u8);
                    break;
                case BodyField.StreamOptions:
                    StreamOptions(json, ref cursor, body);
                    break;
                case BodyField.Tools:
                    cursor.Value(out TextSpan tools);
                    body.Tools = tools;
                    break;
                case BodyField.Prompt:
                    body.Prompt = TextOrRaw(ref cursor);
                    break;
                case BodyField.Messages:
                    hasMessages = MessageReader.List(json, ref cursor, body, out Range messages);
                    body.ConversationRange = messages;
                    break;
                case BodyField.Input:
                    (inputText, input) = Input(json, ref cursor, body);
                    break;
                case BodyField.System:
                    Preamble(json, ref cursor, body, isInstructions: false);
                    break;
                case BodyField.Instructions:
                    Preamble(json, ref cursor, body, isInstructions: true);
                    break;
                default:
                    cursor.Value(out _);
                    break;
            }
        }
        body.HasConversation = hasMessages;
        if (hasMessages || body.Prompt.Span.Exists)
            return;
        body.IsInput = true;
        body.Prompt = inputText;
        body.HasConversation = input is not null;
        body.ConversationRange = input ?? 0..0;
    }

    private static (PromptPart Text, Range? Items) Input(ReadOnlySpan<byte> json, ref JsonCursor cursor, RequestBody body)
    {
        if (cursor.Peek() != (byte)'[')
            return (TextOrRaw(ref cursor), null);
        MessageReader.List(json, ref cursor, body, out Range items);
        return (new PromptPart(PromptPartKind.Text, TextSpan.None), items);
    }

    private static void Preamble(ReadOnlySpan<byte> json, ref JsonCursor cursor, RequestBody body, bool isInstructions)
    {
        int firstPart = body.PartCount;
        MessageReader.Content(json, ref cursor, body);
        body.Preamble = new PromptMessage(TextSpan.None, firstPart, body.PartCount - firstPart);
        body.HasInstructions = isInstructions;
    }

    private static void StreamOptions(ReadOnlySpan<byte> json, ref JsonCursor cursor, RequestBody body)
    {
        body.IncludeUsage = TextSpan.None;
        body.IncludesUsage = false;
        body.HasStreamOptionsObject = cursor.Peek() == (byte)'{';
        if (!body.HasStreamOptionsObject)
        {
            cursor.Value(out TextSpan other);
            body.StreamOptions = other;
            return;
        }
        int start = cursor.Position;
        bool isFirst = true;
        cursor.Enter((byte)'{');
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name))
        {
            bool isUsage = BodyFields.Of(json, name) == BodyField.IncludeUsage;
            cursor.Value(out TextSpan value);
            if (!isUsage)
                continue;
            body.IncludeUsage = value;
            body.IncludesUsage = value.Exists && value.In(json).SequenceEqual("true"u8);
        }
        body.StreamOptions = new TextSpan(start, cursor.Position - start);
    }

    /// <summary>The inside of a string, or none for a value of another kind.</summary>
    internal static TextSpan TextOrNone(ref JsonCursor cursor)
    {
        if (cursor.Peek() == (byte)'"')
            return cursor.String(out TextSpan text) ? text : TextSpan.None;
        cursor.Value(out _);
        return TextSpan.None;
    }

    /// <summary>A string as text, a list as it stands, and nothing for a value of another kind.</summary>
    private static PromptPart TextOrRaw(ref JsonCursor cursor)
    {
        byte kind = cursor.Peek();
        if (kind == (byte)'"')
            return new PromptPart(PromptPartKind.Text, TextOrNone(ref cursor));
        cursor.Value(out TextSpan value);
        return kind == (byte)'[' ? new PromptPart(PromptPartKind.Raw, value) : new PromptPart(PromptPartKind.Text, TextSpan.None);
    }

    private static bool IsBlank(ReadOnlySpan<byte> json, TextSpan text) =>
        text.IsEscaped ? string.IsNullOrWhiteSpace(JsonText.Read(json, text)) : text.In(json).Trim(" \t\r\n\v\f"u8).IsEmpty;
}
