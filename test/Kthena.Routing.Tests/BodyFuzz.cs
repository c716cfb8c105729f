using System.Text;
using System.Text.Json;
using Kthena.Routing.Body;

namespace Kthena.Routing.Tests;

/// <summary>Bodies that are nearly right, and what a plain JSON parser makes of them.</summary>
internal static class BodyFuzz
{
    private static readonly string[] Strings =
        ["", "hello", "a\\nb", "\\\"q\\\"", "\\u00e9\\ud83d\\ude00", "\u00e9\U0001F600", "\\\\", "\\/", "m", " ", "{not json}", "\\u0041"];

    private static readonly string[] Names =
    [
        "model", "stream", "stream_options", "messages", "prompt", "tools", "temperature", "mod\\u0065l", "n", "input", "system", "user",
    ];

    internal sealed record Expectation(bool IsValid, string? Model, bool IsStreaming, bool IncludesUsage, List<string> Texts);

    /// <param name="random">What chance is left to.</param>
    /// <param name="damages">Whether one of four is damaged.</param>
    public static byte[] Next(Random random, bool damages = true)
    {
        var text = new StringBuilder("{");
        int members = random.Next(1, 9);
        for (int index = 0; index < members; index++)
        {
            if (index > 0)
                text.Append(Space(random)).Append(',');
            string name = index == 0 && random.Next(4) != 0 ? "model" : Names[random.Next(Names.Length)];
            text.Append(Space(random)).Append('"').Append(name).Append('"').Append(Space(random)).Append(':').Append(Space(random)).Append(Value(random, name));
        }
        text.Append(Space(random)).Append('}');
        byte[] json = Encoding.UTF8.GetBytes(text.ToString());
        if (random.Next(4) == 0 && damages)
            Damage(random, ref json);
        return json;
    }

    public static Expectation Oracle(byte[] json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonCursor.DepthMax });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !System.Text.Unicode.Utf8.IsValid(json))
                return new Expectation(false, null, false, false, []);
            JsonElement root = document.RootElement;
            JsonElement model = Last(root, "model");
            JsonElement options = Last(root, "stream_options");
            string? name = model.ValueKind == JsonValueKind.String ? Text(model) : null;
            return new Expectation(
                true,
                string.IsNullOrWhiteSpace(name) ? null : name,
                Last(root, "stream").ValueKind == JsonValueKind.True,
                options.ValueKind == JsonValueKind.Object && Last(options, "include_usage").ValueKind == JsonValueKind.True,
                MessageTexts(root));
        }
        catch (JsonException)
        {
            return new Expectation(false, null, false, false, []);
        }
    }

    /// <summary>The same body with the members of every object in another order; null when it is no body, or a member is doubled.</summary>
    public static byte[]? Shuffle(Random random, byte[] json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var text = new StringBuilder();
            return Shuffle(random, document.RootElement, text, isTools: false) ? Encoding.UTF8.GetBytes(text.ToString()) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Shuffle(Random random, JsonElement json, StringBuilder text, bool isTools)
    {
        // Tools count as they are written, and so does a message that is none.
        if (isTools || (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("role", out JsonElement role) && role.ValueKind != JsonValueKind.String) || json.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
        {
            text.Append(json.GetRawText());
            return true;
        }
        bool isObject = json.ValueKind == JsonValueKind.Object;
        text.Append(isObject ? '{' : '[');
        JsonProperty[] members = isObject ? [.. json.EnumerateObject()] : [];
        if (members.DistinctBy(static member => member.Name).Count() < members.Length)
            return false;
        random.Shuffle(members);
        bool isWhole = true;
        foreach (JsonProperty member in members)
        {
            text.Append(text[^1] == '{' ? "" : ",").Append(JsonSerializer.Serialize(member.Name)).Append(':');
            isWhole &= Shuffle(random, member.Value, text, isTools: member.Name is "tools" or "image_url" or "prompt");
        }
        int index = 0;
        foreach (JsonElement item in isObject ? [] : json.EnumerateArray().ToArray())
        {
            text.Append(index++ == 0 ? "" : ",");
            isWhole &= Shuffle(random, item, text, isTools: false);
        }
        text.Append(isObject ? '}' : ']');
        return isWhole;
    }

    /// <summary>Role and text parts of the conversation that came as <c>messages</c>, as the reader saw them.</summary>
    public static List<string> Texts(byte[] json, RequestBody body)
    {
        var texts = new List<string>();
        if (body.IsInput)
            return texts;
        foreach (PromptMessage message in body.Conversation)
        {
            if (!message.Role.Exists)
                continue;
            texts.Add(JsonText.Read(json, message.Role));
            foreach (PromptPart part in body.Parts.Slice(message.FirstPart, message.PartCount))
            {
                if (part.Kind == PromptPartKind.Text)
                    texts.Add(JsonText.Read(json, part.Span));
            }
        }
        return texts;
    }

    private static List<string> MessageTexts(JsonElement root)
    {
        var texts = new List<string>();
        JsonElement messages = Last(root, "messages");
        if (messages.ValueKind != JsonValueKind.Array)
            return texts;
        foreach (JsonElement message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object || Last(message, "role") is not { ValueKind: JsonValueKind.String } role)
                continue;
            texts.Add(Text(role));
            JsonElement content = Last(message, "content");
            if (content.ValueKind == JsonValueKind.String)
                texts.Add(Text(content));
            if (content.ValueKind == JsonValueKind.Array)
                texts.AddRange(content.EnumerateArray().Where(IsTextPart).Select(static part => Text(Last(part, "text"))));
        }
        return texts;
    }

    private static bool IsTextPart(JsonElement part) =>
        part.ValueKind == JsonValueKind.Object
        && Last(part, "text").ValueKind == JsonValueKind.String
        && Last(part, "type") is var type
        && (type.ValueKind != JsonValueKind.String || Text(type) is "text" or "input_text" or "output_text");

    private static JsonElement Last(JsonElement json, string name)
    {
        JsonElement last = default;
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (property.NameEquals(name))
                last = property.Value;
        }
        return last;
    }

    /// <summary>A lone half of a surrogate pair, which the parser refuses to hand out, is U+FFFD.</summary>
    private static string Text(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            string raw = json.GetRawText();
            byte[] bytes = Encoding.UTF8.GetBytes(raw);
            return JsonText.Read(bytes, new TextSpan(1, bytes.Length - 2, IsEscaped: true));
        }
    }

    private static string Value(Random random, string name)
    {
        if (name == "messages" && random.Next(8) != 0)
            return Messages(random);
        if (name is "model" or "mod\\u0065l" && random.Next(8) != 0)
            return $"\"{Strings[random.Next(Strings.Length)]}\"";
        if (name == "stream_options" && random.Next(4) != 0)
            return random.Next(3) switch { 0 => "{}", 1 => """{"include_usage":true}""", _ => """{ "x" : [1] , "include_usage" : false }""" };
        return random.Next(9) switch
        {
            0 => "true",
            1 => "false",
            2 => "null",
            3 => "-12.5e+3",
            4 => "[1,[2,{\"a\":[]}],\"x\"]",
            5 => "{\"a\":{\"model\":\"inner\"}}",
            6 => "0",
            _ => $"\"{Strings[random.Next(Strings.Length)]}\"",
        };
    }

    private static string Messages(Random random)
    {
        var items = new List<string>();
        for (int count = random.Next(4); count > 0; count--)
        {
            string role = random.Next(6) == 0 ? "7" : $"\"{Strings[random.Next(Strings.Length)]}\"";
            string content = random.Next(4) switch
            {
                0 => $$"""[{"type":"text","text":"{{Strings[random.Next(Strings.Length)]}}"},{"text":"{{Strings[random.Next(Strings.Length)]}}"},5]""",
                1 => """[{"image_url":{"url":"http://x"},"type":"image_url"},{"type":"input_text","text":"t"}]""",
                2 => "null",
                _ => $"\"{Strings[random.Next(Strings.Length)]}\"",
            };
            string doubled = random.Next(8) == 0 ? "\"content\":\"first\"," : "";
            items.Add(random.Next(2) == 0
                ? $$"""{{{doubled}}"role":{{role}},"content":{{content}}}"""
                : $$"""{{{doubled}}"content":{{content}},"x":{},"role":{{role}}}""");
        }
        return $"[{string.Join(',', items)}]";
    }

    private static string Space(Random random) => random.Next(6) switch { 0 => " ", 1 => "\r\n\t", _ => "" };

    private static void Damage(Random random, ref byte[] json)
    {
        int at = random.Next(json.Length);
        switch (random.Next(4))
        {
            case 0:
                json[at] = (byte)random.Next(256);
                break;
            case 1:
                json = json[..at];
                break;
            case 2:
                json = [.. json[..at], .. json[Math.Min(at + 1, json.Length)..]];
                break;
            default:
                json = [.. json[..at], (byte)"{}[],:\"\\0-e.t"[random.Next(13)], .. json[at..]];
                break;
        }
    }
}
