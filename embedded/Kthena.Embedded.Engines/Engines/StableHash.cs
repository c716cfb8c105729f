using System.Text;

namespace Kthena.Embedded.Engines;

/// <summary>64-bit FNV-1a with a final mix: the same in every process, so that answers and cache hits are too.</summary>
internal static class StableHash
{
    public const ulong Seed = 14695981039346656037;

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = Seed)
    {
        ulong hash = seed;
        foreach (byte b in bytes)
            hash = (hash ^ b) * 1099511628211;
        return hash;
    }

    public static ulong Of(string text, ulong seed = Seed) => Of(Encoding.UTF8.GetBytes(text), seed);

    /// <summary>Spreads a value over all bits (the finalizer of MurmurHash3).</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
        value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
        return value ^ (value >> 33);
    }
}
