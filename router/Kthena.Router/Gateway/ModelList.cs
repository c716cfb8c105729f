using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Router.Gateway;

/// <summary>The answers of <c>GET /v1/models</c> and below.</summary>
internal static class ModelList
{
    public static byte[] Write(ImmutableArray<string> names)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (string name in names)
            Write(json, name);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The answer of <c>GET /v1/models/NAME</c>.</summary>
    public static byte[] Write(string name)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        Write(json, name);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, name);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, 0);
        json.WriteString("owned_by"u8, "kthena"u8);
        json.WriteEndObject();
    }
}
