using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Kthena.Routing.Prompt;

/// <summary>Cuts a prompt that comes in pieces into blocks and chains their hashes.</summary>
internal ref struct BlockHasher
{
    /// <summary>The longest block, and so the size of the buffer that <see cref="BlockHasher"/> is given.</summary>
    public const int BlockBytesMax = 4096;

    // Where every default chain starts: another value would make all recorded blocks unknown.
    private const ulong ChainStart = 0x6B7468656E610001;
    private const int DecimalDigitsMax = 20;

    private readonly PromptHashOptions _options;
    private readonly Span<byte> _pending;
    private byte[] _blocks;
    private int _blockCount;
    private int _blockBytes;
    private int _pendingBytes;
    private ulong _previous;
    private long _codePoints;

    public BlockHasher(PromptHashOptions options, ulong chainStart, Span<byte> pending)
    {
        _options = options;
        _pending = pending;
        _previous = chainStart;
        _blockBytes = options.BlockBytes;
        _blocks = ArrayPool<byte>.Shared.Rent(256 * sizeof(ulong));
    }

    private readonly Span<ulong> Hashes => MemoryMarshal.Cast<byte, ulong>(_blocks.AsSpan());

    /// <summary>Where the chain starts: a constant, or by upstream's rule the hash of the model's name.</summary>
    /// <param name="options">The rule.</param>
    /// <param name="model">The requested model's name.</param>
    public static ulong StartOf(PromptHashOptions options, ReadOnlySpan<byte> model) =>
        options.IsUpstreamChain ? XxHash64.Hash(model) : ChainStart;

    /// <summary>Takes the next piece of the prompt, plain UTF-8.</summary>
    public void Append(scoped ReadOnlySpan<byte> piece)
    {
        _codePoints += CodePoints.Count(piece);
        if (_blockCount >= _options.BlocksMax)
            return;
        if (_pendingBytes > 0)
        {
            int wanted = Math.Min(_blockBytes - _pendingBytes, piece.Length);
            piece[..wanted].CopyTo(_pending[_pendingBytes..]);
            _pendingBytes += wanted;
            piece = piece[wanted..];
            if (_pendingBytes < _blockBytes)
                return;
            _pendingBytes = 0;
            Emit(_pending[.._blockBytes]);
        }
        while (piece.Length >= _blockBytes && _blockCount < _options.BlocksMax)
        {
            ReadOnlySpan<byte> block = piece[.._blockBytes];
            piece = piece[_blockBytes..];
            Emit(block);
        }
        if (_blockCount >= _options.BlocksMax)
            return;
        piece.CopyTo(_pending);
        _pendingBytes = piece.Length;
    }

    /// <summary>Ends the prompt. A short last block counts only by upstream's rule: no longer prompt can share it.</summary>
    /// <param name="index">What every hash is mixed with, so that what belongs to different indexes differs; 0 for nothing.</param>
    public BlockChain Finish(ulong index)
    {
        BlockChain chain = Finish(index, out byte[] buffer);
        chain = chain with { Bytes = chain.Bytes.ToArray() };
        ArrayPool<byte>.Shared.Return(buffer);
        return chain;
    }

    /// <summary>Ends the prompt as <see cref="Finish(ulong)"/> does, and leaves the hashes where they are.</summary>
    /// <param name="index">What every hash is mixed with.</param>
    /// <param name="buffer">What the chain lies in; of the shared pool, to which the caller gives it back.</param>
    public BlockChain Finish(ulong index, out byte[] buffer)
    {
        if (_options.IsUpstreamChain && _pendingBytes > 0 && _blockCount < _options.BlocksMax)
            Emit(_pending[.._pendingBytes]);
        foreach (ref ulong block in Hashes[.._blockCount])
            block ^= index;
        buffer = _blocks;
        _blocks = [];
        return new BlockChain(buffer.AsMemory(0, _blockCount * sizeof(ulong)), (int)Math.Min((_codePoints + 3) / 4, int.MaxValue));
    }

    private void Emit(scoped ReadOnlySpan<byte> block)
    {
        _previous = _options.IsUpstreamChain ? UpstreamLink(block) : XxHash64.Hash(block, _previous);
        if (_blockCount == Hashes.Length)
            Grow();
        Hashes[_blockCount++] = _previous;
        if (_blockCount == _options.LongBlocksAfter)
            _blockBytes = _options.LongBlockBytes;
    }

    /// <summary>XXH64 of the previous hash as decimal text, followed by the block.</summary>
    private readonly ulong UpstreamLink(scoped ReadOnlySpan<byte> block)
    {
        Span<byte> link = stackalloc byte[DecimalDigitsMax + BlockBytesMax];
        _previous.TryFormat(link, out int digits, default, CultureInfo.InvariantCulture);
        block.CopyTo(link[digits..]);
        return XxHash64.Hash(link[..(digits + block.Length)]);
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_blocks.Length * 2);
        _blocks.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_blocks);
        _blocks = larger;
    }
}
