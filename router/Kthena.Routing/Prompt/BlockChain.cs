using System.Runtime.InteropServices;

namespace Kthena.Routing.Prompt;

/// <summary>
/// The hashes of a prompt's blocks, from its beginning. Each hash stands for its block and all before it, so that
/// equal hashes mean equal prefixes.
/// </summary>
/// <param name="Bytes">Eight bytes per block, in the machine's byte order (little-endian on all that .NET runs on).</param>
/// <param name="PromptTokens">An estimate: a quarter of the prompt's code points, rounded up.</param>
public readonly record struct BlockChain(ReadOnlyMemory<byte> Bytes, int PromptTokens)
{
    /// <summary>The number of blocks.</summary>
    public int Count => Bytes.Length / sizeof(ulong);

    /// <summary>The hashes.</summary>
    public ReadOnlySpan<ulong> Hashes => Of(Bytes);

    /// <summary>Reads hashes that crossed between processes.</summary>
    /// <param name="bytes">Eight bytes per block; what is left over is ignored.</param>
    public static ReadOnlySpan<ulong> Of(ReadOnlyMemory<byte> bytes) => MemoryMarshal.Cast<byte, ulong>(bytes.Span);
}
