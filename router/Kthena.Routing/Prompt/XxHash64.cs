using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kthena.Routing.Prompt;

/// <summary>
/// XXH64, after the specification at github.com/Cyan4973/xxHash (doc/xxhash_spec.md): 64-bit, not cryptographic,
/// the same on every machine.
/// </summary>
public static class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;
    private const int StripeBytes = 32;

    /// <summary>The hash of a whole input.</summary>
    /// <param name="input">The bytes, any length.</param>
    /// <param name="seed">The seed; 0 is the usual one.</param>
    public static ulong Hash(ReadOnlySpan<byte> input, ulong seed = 0)
    {
        ulong length = (ulong)input.Length;
        ulong accumulator = input.Length >= StripeBytes ? Stripes(ref input, seed) : seed + Prime5;
        accumulator += length;
        return Avalanche(Tail(input, accumulator));
    }

    private static ulong Stripes(ref ReadOnlySpan<byte> input, ulong seed)
    {
        ulong first = seed + Prime1 + Prime2;
        ulong second = seed + Prime2;
        ulong third = seed;
        ulong fourth = seed - Prime1;
        ref byte at = ref MemoryMarshal.GetReference(input);
        int remaining = input.Length;
        while (remaining >= StripeBytes)
        {
            first = Round(first, Word(ref at, 0));
            second = Round(second, Word(ref at, 8));
            third = Round(third, Word(ref at, 16));
            fourth = Round(fourth, Word(ref at, 24));
            at = ref Unsafe.Add(ref at, StripeBytes);
            remaining -= StripeBytes;
        }
        input = input[^remaining..];
        ulong merged = BitOperations.RotateLeft(first, 1) + BitOperations.RotateLeft(second, 7)
            + BitOperations.RotateLeft(third, 12) + BitOperations.RotateLeft(fourth, 18);
        merged = Merge(merged, first);
        merged = Merge(merged, second);
        merged = Merge(merged, third);
        return Merge(merged, fourth);
    }

    private static ulong Tail(ReadOnlySpan<byte> input, ulong accumulator)
    {
        while (input.Length >= 8)
        {
            accumulator ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(input));
            accumulator = (BitOperations.RotateLeft(accumulator, 27) * Prime1) + Prime4;
            input = input[8..];
        }
        if (input.Length >= 4)
        {
            accumulator ^= BinaryPrimitives.ReadUInt32LittleEndian(input) * Prime1;
            accumulator = (BitOperations.RotateLeft(accumulator, 23) * Prime2) + Prime3;
            input = input[4..];
        }
        foreach (byte value in input)
        {
            accumulator ^= value * Prime5;
            accumulator = BitOperations.RotateLeft(accumulator, 11) * Prime1;
        }
        return accumulator;
    }

    private static ulong Avalanche(ulong accumulator)
    {
        accumulator ^= accumulator >> 33;
        accumulator *= Prime2;
        accumulator ^= accumulator >> 29;
        accumulator *= Prime3;
        return accumulator ^ (accumulator >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Round(ulong accumulator, ulong word) =>
        BitOperations.RotateLeft(accumulator + (word * Prime2), 31) * Prime1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Merge(ulong accumulator, ulong lane) =>
        ((accumulator ^ Round(0, lane)) * Prime1) + Prime4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ref byte at, int offset)
    {
        ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset));
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }
}
