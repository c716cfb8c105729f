namespace Kthena.Routing;

/// <summary>Chance that can be replayed: SplitMix64 over a seed that the caller keeps.</summary>
public static class Chance
{
    /// <summary>The next 64 bits.</summary>
    /// <param name="seed">The generator's state.</param>
    public static ulong Next(ref ulong seed) => Mix(seed += 0x9E3779B97F4A7C15);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; the bias is below 2^-32 for any bound.</summary>
    /// <param name="seed">The generator's state.</param>
    /// <param name="bound">At least 1.</param>
    public static int Below(ref ulong seed, int bound) => (int)(((UInt128)Next(ref seed) * (ulong)bound) >> 64);

    /// <summary>64 bits that look random for each different input.</summary>
    /// <param name="value">Any number.</param>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
