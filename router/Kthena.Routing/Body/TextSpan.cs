namespace Kthena.Routing.Body;

/// <summary>A stretch of the request body.</summary>
/// <param name="Start">The first byte's offset in the body.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="IsEscaped">Whether the bytes are the inside of a JSON string that holds backslash escapes.</param>
public readonly record struct TextSpan(int Start, int Length, bool IsEscaped = false)
{
    /// <summary>No stretch at all.</summary>
    public static readonly TextSpan None = new(-1, 0);

    /// <summary>Whether there is a stretch; an empty string has one of length 0.</summary>
    public bool Exists => Start >= 0;

    /// <summary>The offset after the last byte.</summary>
    public int End => Start + Length;

    /// <summary>The bytes.</summary>
    /// <param name="body">The body that the span was read from.</param>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> body) => body.Slice(Start, Length);
}
