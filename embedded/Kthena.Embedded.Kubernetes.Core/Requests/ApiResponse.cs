using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Kthena.Embedded.Kubernetes.Core.Watching;

namespace Kthena.Embedded.Kubernetes.Core.Requests;

/// <summary>The answer to one request: a body in segments that are sent one after the other, a watch, or a text that goes on.</summary>
/// <param name="Status">The HTTP status code.</param>
/// <param name="ContentType">The content type of the body or of the watch's frames.</param>
public sealed record ApiResponse(int Status, string ContentType)
{
    /// <summary>The body, in order; empty for a watch and for a stream. The segments are shared with the store and must not be written to.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Body { get; init; } = [];

    /// <summary>The open watch, which the caller disposes; null for every other answer.</summary>
    public WatchStream? Watch { get; init; }

    /// <summary>A text that goes on, such as a log that is followed; null for every other answer. It ends when its reader is cancelled.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>>? Stream { get; init; }

    /// <summary>Texts for <c>Warning</c> headers, which kubectl prints.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Whether the request was carried out.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The body's length in bytes.</summary>
    public int BodyLength => Body.Sum(static segment => segment.Length);

    /// <summary>The body in one piece.</summary>
    public byte[] BodyBytes()
    {
        var whole = new byte[BodyLength];
        int at = 0;
        foreach (ReadOnlyMemory<byte> segment in Body)
        {
            segment.Span.CopyTo(whole.AsSpan(at));
            at += segment.Length;
        }
        return whole;
    }

    /// <summary>The body parsed as JSON.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public JsonElement BodyJson() => JsonElement.Parse(BodyBytes());

    /// <summary>The body as text.</summary>
    public override string ToString() => $"{Status} {Encoding.UTF8.GetString(BodyBytes())}";

    internal static ApiResponse Json(int status, ReadOnlyMemory<byte> body) =>
        new(status, MediaTypes.Json) { Body = [body] };

    internal static ApiResponse Text(int status, string text) =>
        new(status, "text/plain; charset=utf-8") { Body = [Encoding.UTF8.GetBytes(text)] };
}
