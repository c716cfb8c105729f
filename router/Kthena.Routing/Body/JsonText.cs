using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Kthena.Routing.Body;

/// <summary>Takes the escapes out of the inside of a JSON string. The text must have passed <see cref="JsonCursor"/>.</summary>
internal static class JsonText
{
    /// <summary>
    /// Unescapes as much of <paramref name="source"/> as fits into <paramref name="target"/> (at least 8 bytes long).
    /// A lone half of a surrogate pair becomes U+FFFD, as browsers and Go have it.
    /// </summary>
    /// <param name="source">The escaped text.</param>
    /// <param name="target">Where the plain UTF-8 text goes.</param>
    /// <param name="consumed">How many bytes of the source were taken; never splits an escape.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Unescape(ReadOnlySpan<byte> source, Span<byte> target, out int consumed)
    {
        int read = 0, written = 0;
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(target);
        // Copies 32 bytes at a time and takes back what follows an escape: cheaper than a call for each stretch.
        while (source.Length - read >= Vector256<byte>.Count && target.Length - written >= Vector256<byte>.Count)
        {
            Vector256<byte> text = Vector256.LoadUnsafe(ref from, (nuint)read);
            text.StoreUnsafe(ref to, (nuint)written);
            uint escapes = Vector256.Equals(text, Vector256.Create((byte)'\\')).ExtractMostSignificantBits();
            int plain = escapes == 0 ? Vector256<byte>.Count : BitOperations.TrailingZeroCount(escapes);
            read += plain;
            written += plain;
            if (escapes == 0)
                continue;
            if (target.Length - written < 4)
                break;
            read += Escape(source[read..], target[written..], out int width);
            written += width;
        }
        while (read < source.Length)
        {
            int run = source[read..].IndexOf((byte)'\\');
            if (run < 0)
                run = source.Length - read;
            if (run > 0)
            {
                int fits = Math.Min(run, target.Length - written);
                source.Slice(read, fits).CopyTo(target[written..]);
                read += fits;
                written += fits;
                if (fits < run)
                    break;
                continue;
            }
            if (target.Length - written < 4)
                break;
            read += Escape(source[read..], target[written..], out int width);
            written += width;
        }
        consumed = read;
        return written;
    }

    /// <summary>The plain text of a span as a string.</summary>
    /// <param name="body">The body.</param>
    /// <param name="span">The inside of a JSON string.</param>
    public static string Read(ReadOnlySpan<byte> body, TextSpan span)
    {
        ReadOnlySpan<byte> source = span.In(body);
        if (!span.IsEscaped)
            return Encoding.UTF8.GetString(source);
        byte[] plain = new byte[source.Length + 8];
        int length = Unescape(source, plain, out _);
        return Encoding.UTF8.GetString(plain, 0, length);
    }

    /// <summary>Whether the plain text of a span is exactly <paramref name="expected"/>.</summary>
    /// <param name="body">The body.</param>
    /// <param name="span">The inside of a JSON string.</param>
    /// <param name="expected">Plain UTF-8 text of at most 64 bytes.</param>
    public static bool Equals(ReadOnlySpan<byte> body, TextSpan span, ReadOnlySpan<byte> expected)
    {
        ReadOnlySpan<byte> source = span.In(body);
        if (!span.IsEscaped)
            return source.SequenceEqual(expected);
        // An escape is at most six times as long as what it stands for.
        if (source.Length > expected.Length * 6)
            return false;
        Span<byte> plain = stackalloc byte[(64 * 6) + 8];
        int length = Unescape(source, plain, out int consumed);
        return consumed == source.Length && plain[..length].SequenceEqual(expected);
    }

    private static int Escape(ReadOnlySpan<byte> source, Span<byte> target, out int width)
    {
        width = 1;
        switch (source[1])
        {
            case (byte)'u':
                return Unicode(source, target, out width);
            case (byte)'n':
                target[0] = (byte)'\n';
                break;
            case (byte)'t':
                target[0] = (byte)'\t';
                break;
            case (byte)'r':
                target[0] = (byte)'\r';
                break;
            case (byte)'b':
                target[0] = (byte)'\b';
                break;
            case (byte)'f':
                target[0] = (byte)'\f';
                break;
            default:
                target[0] = source[1];
                break;
        }
        return 2;
    }

    private static int Unicode(ReadOnlySpan<byte> source, Span<byte> target, out int width)
    {
        int unit = Hex4(source[2..]);
        int taken = 6;
        if (char.IsHighSurrogate((char)unit)
            && source.Length >= 12 && source[6] == (byte)'\\' && source[7] == (byte)'u'
            && Hex4(source[8..]) is int low && char.IsLowSurrogate((char)low))
        {
            unit = char.ConvertToUtf32((char)unit, (char)low);
            taken = 12;
        }
        Rune rune = Rune.IsValid(unit) ? new Rune(unit) : Rune.ReplacementChar;
        width = rune.EncodeToUtf8(target);
        return taken;
    }

    private static int Hex4(ReadOnlySpan<byte> digits) =>
        (Nibble(digits[0]) << 12) | (Nibble(digits[1]) << 8) | (Nibble(digits[2]) << 4) | Nibble(digits[3]);

    private static int Nibble(byte digit) => digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
