using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kthena.Router.Debugging;

/// <summary>Makes the bytes of a JSON answer for people.</summary>
internal static class JsonBytes
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions ForPeople = Compact with { Indented = true };

    public static byte[] Of(Action<Utf8JsonWriter> write, bool isIndented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, isIndented ? ForPeople : Compact))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }
}
