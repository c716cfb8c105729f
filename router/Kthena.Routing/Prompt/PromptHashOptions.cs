namespace Kthena.Routing.Prompt;

/// <summary>How a prompt is cut into blocks and which of it counts. Two routers must agree on it to share an index.</summary>
public sealed record PromptHashOptions
{
    /// <summary>
    /// The whole prompt with tools and media: blocks of 64 bytes for its first 4 KiB, of 256 bytes beyond, so that a
    /// short prompt is cut finely and a long one costs a quarter of the index and of the time, while what a cut
    /// rounds off stays below 6% of what was shared.
    /// </summary>
    public static readonly PromptHashOptions WholePrompt = new();

    /// <summary>The longest block, in bytes.</summary>
    public const int BlockBytesLargest = BlockHasher.BlockBytesMax;


    /// <summary>The bytes of one block; upstream's <c>blockSizeToHash</c>. At least 16, at most 4096. Default: 64.</summary>
    public int BlockBytes { get; init; } = 64;

    /// <summary>The bytes of one block from <see cref="LongBlocksAfter"/> on. At least <see cref="BlockBytes"/>, at most 4096. Default: 256.</summary>
    public int LongBlockBytes { get; init; } = 256;

    /// <summary>How many blocks have <see cref="BlockBytes"/>. Default: 64.</summary>
    public int LongBlocksAfter { get; init; } = 64;

    /// <summary>How many blocks count; upstream's <c>maxBlocksToMatch</c>. Default: no bound.</summary>
    public int BlocksMax { get; init; } = int.MaxValue;

    /// <summary>
    /// Whether the chain, the template and the short last block are upstream's, so that hashes equal upstream's: the
    /// chain starts from the hash of the model's name, and tools and media do not count. Default: false.
    /// </summary>
    public bool IsUpstreamChain { get; init; }

    /// <summary>How many bytes of prompt the first blocks cover.</summary>
    /// <param name="blocks">How many blocks.</param>
    public long BytesOf(int blocks) =>
        blocks <= LongBlocksAfter ? (long)blocks * BlockBytes : ((long)LongBlocksAfter * BlockBytes) + ((long)(blocks - LongBlocksAfter) * LongBlockBytes);

    /// <summary>Upstream's rule, with its two settings under their names.</summary>
    /// <param name="blockSizeToHash">Bytes per block.</param>
    /// <param name="maxBlocksToMatch">How many blocks count.</param>
    public static PromptHashOptions Upstream(int blockSizeToHash = 64, int maxBlocksToMatch = 128) => new()
    {
        BlockBytes = blockSizeToHash,
        LongBlockBytes = blockSizeToHash,
        BlocksMax = maxBlocksToMatch,
        IsUpstreamChain = true,
    };
}
