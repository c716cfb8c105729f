using System.Text;
using System.Text.Json;

namespace Kthena.Model;

/// <summary>A JSON value that passes through as it came: UTF-8 text, compared byte by byte.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RawJson")]
public readonly record struct RawJson
{
    /// <summary>Wraps text that is already one JSON value.</summary>
    /// <param name="utf8">UTF-8 text of exactly one JSON value; not checked here.</param>
    public RawJson(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    /// <summary>The UTF-8 text; empty when the value was absent.</summary>
    [Id(0)]
    public ReadOnlyMemory<byte> Utf8 { get; init; }

    /// <summary>Whether the value was absent.</summary>
    public bool IsAbsent => Utf8.IsEmpty;

    /// <summary>Keeps an element's own text.</summary>
    /// <param name="element">The element; an undefined one gives an absent value.</param>
    public static RawJson From(JsonElement element) =>
        element.ValueKind == JsonValueKind.Undefined
            ? default
            : new RawJson(Encoding.UTF8.GetBytes(element.GetRawText()));

    /// <summary>Whether both texts are the same bytes.</summary>
    /// <param name="other">The value to compare with.</param>
    public bool Equals(RawJson other) => Utf8.Span.SequenceEqual(other.Utf8.Span);

    /// <summary>A hash that agrees with <see cref="Equals(RawJson)"/>; never used for order.</summary>
    public override int GetHashCode() => Utf8.Length;

    /// <summary>The JSON text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}
