using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kthena.Routing.Prompt;

/// <summary>Counts code points of UTF-8 text.</summary>
internal static class CodePoints
{
    // A byte of this value or less, as a signed number, continues a code point (10xxxxxx).
    private const sbyte LastContinuation = -65;

    /// <summary>How many code points begin in the text.</summary>
    /// <param name="utf8">Valid UTF-8, or a stretch of it cut anywhere.</param>
    public static int Count(ReadOnlySpan<byte> utf8)
    {
        int count = 0;
        ReadOnlySpan<sbyte> rest = MemoryMarshal.Cast<byte, sbyte>(utf8);
        Vector256<sbyte> lastContinuation = Vector256.Create(LastContinuation);
        while (rest.Length >= Vector256<sbyte>.Count)
        {
            Vector256<sbyte> starts = Vector256.GreaterThan(Vector256.Create(rest), lastContinuation);
            count += BitOperations.PopCount(starts.ExtractMostSignificantBits());
            rest = rest[Vector256<sbyte>.Count..];
        }
        foreach (sbyte value in rest)
            count += value > LastContinuation ? 1 : 0;
        return count;
    }
}
