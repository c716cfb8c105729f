using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kthena.Embedded.Kubernetes.Core.Objects;

/// <summary>Reading and changing objects that are kept as JSON.</summary>
internal static class Json
{
    /// <summary>As deep as a request may nest: a CRD's schema of a pod template needs about 60.</summary>
    public const int DepthMost = 256;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = DepthMost,
    };

    private static readonly JsonSerializerOptions TextOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = DepthMost };

    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
            write(writer);
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Write(JsonNode node) => Write(writer => node.WriteTo(writer, TextOptions));

    public static string Text(JsonNode? node) => node is null ? "null" : node.ToJsonString(TextOptions);

    /// <summary>Reads one object that this server wrote itself.</summary>
    public static JsonObject ParseOwn(ReadOnlyMemory<byte> utf8) =>
        JsonNode.Parse(utf8.Span, documentOptions: new JsonDocumentOptions { MaxDepth = DepthMost })!.AsObject();

    /// <summary>The member's object, or null when it is absent or no object.</summary>
    public static JsonObject? Object(this JsonNode? node, string name) =>
        node is JsonObject json && json.TryGetPropertyValue(name, out JsonNode? value) ? value as JsonObject : null;

    /// <summary>The member's object; made when it is absent or no object.</summary>
    public static JsonObject EnsureObject(this JsonObject json, string name)
    {
        if (json.Object(name) is { } existing)
            return existing;
        var made = new JsonObject();
        json[name] = made;
        return made;
    }

    public static JsonArray? Array(this JsonNode? node, string name) =>
        node is JsonObject json && json.TryGetPropertyValue(name, out JsonNode? value) ? value as JsonArray : null;

    /// <summary>The member's text, or null when it is absent or no string.</summary>
    public static string? String(this JsonNode? node, string name) =>
        node is JsonObject json && json.TryGetPropertyValue(name, out JsonNode? value) ? value.AsText() : null;

    public static string? AsText(this JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.TryGetValue(out string? text) ? text : null;

    public static long? Int64(this JsonNode? node, string name) =>
        node is JsonObject json && json.TryGetPropertyValue(name, out JsonNode? value) ? value.AsInt64() : null;

    public static long? AsInt64(this JsonNode? node)
    {
        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number)
            return null;
        return long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
    }

    public static bool? Boolean(this JsonNode? node, string name) =>
        node is JsonObject json && json.TryGetPropertyValue(name, out JsonNode? value) && value is not null
            ? value.GetValueKind() switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
            : null;

    /// <summary>The value at a path of member names; null where one is absent.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (node is not JsonObject json || !json.TryGetPropertyValue(name, out node))
                return null;
        }
        return node;
    }

    public static JsonValueKind Kind(this JsonNode? node) => node?.GetValueKind() ?? JsonValueKind.Null;

    /// <summary>A time as Kubernetes writes it: whole seconds, UTC.</summary>
    public static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static JsonElement ToElement(JsonNode node) => JsonElement.Parse(Write(node), new JsonDocumentOptions { MaxDepth = DepthMost });
}
