using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Kthena.Model;

namespace Kthena.Planning.Serving;

/// <summary>
/// Names templates by their content. Two texts that mean the same have the same canonical form: keys sorted, blanks and
/// nulls dropped. Scaling and rollout fields of a role are left out, so changing them makes no new revision. The hash is
/// over the text that the API server stored, never over types of ours: a new version of this software does not change it.
/// </summary>
public static class TemplateHash
{
    // No vowels and no digits that look like letters: a hash never spells a word.
    private const string SafeAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int Digits = 10;

    /// <summary>The canonical form of a role or of a list of roles.</summary>
    /// <param name="json">One role, or the list of roles.</param>
    public static RawJson Canonical(RawJson json)
    {
        using JsonDocument document = JsonDocument.Parse(json.Utf8);
        var buffer = new ArrayBufferWriter<byte>(json.Utf8.Length);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            if (document.RootElement.ValueKind == JsonValueKind.Array)
            {
                writer.WriteStartArray();
                foreach (JsonElement role in document.RootElement.EnumerateArray())
                    WriteCanonical(writer, role, isRole: true);
                writer.WriteEndArray();
            }
            else
            {
                WriteCanonical(writer, document.RootElement, isRole: true);
            }
        }
        return new RawJson(buffer.WrittenMemory);
    }

    /// <summary>The name of a canonical form: ten characters that are valid in labels and object names.</summary>
    /// <param name="canonical">What <see cref="Canonical"/> gave.</param>
    /// <param name="collision">0, or which of several forms of the same hash this is.</param>
    public static string Of(RawJson canonical, int collision = 0)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonical.Utf8.Span, digest);
        ulong number = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(digest) + (ulong)collision;
        Span<char> text = stackalloc char[Digits];
        for (int i = 0; i < Digits; i++)
        {
            text[i] = SafeAlphabet[(int)(number % (ulong)SafeAlphabet.Length)];
            number /= (ulong)SafeAlphabet.Length;
        }
        return new string(text);
    }

    private static void WriteCanonical(Utf8JsonWriter writer, JsonElement json, bool isRole = false)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty property in json.EnumerateObject().OrderBy(static property => property.Name, StringComparer.Ordinal))
                {
                    if (property.Value.ValueKind == JsonValueKind.Null || (isRole && IsLeftOut(property.Name)))
                        continue;
                    writer.WritePropertyName(property.Name);
                    WriteCanonical(writer, property.Value);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement element in json.EnumerateArray())
                    WriteCanonical(writer, element);
                writer.WriteEndArray();
                break;
            default:
                json.WriteTo(writer);
                break;
        }
    }

    private static bool IsLeftOut(string field) => field is "replicas" or "maxUnavailable" or "partition";
}
