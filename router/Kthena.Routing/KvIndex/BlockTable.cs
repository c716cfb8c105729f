using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kthena.Routing.KvIndex;

/// <summary>One block and who holds it.</summary>
internal struct Block
{
    /// <summary>The block's chained hash.</summary>
    public ulong Hash;

    /// <summary>A bit for each holder among the endpoints 0 to 63.</summary>
    public ulong Holders;

    /// <summary>The next block of the bucket, or the next free one; -1 ends the chain.</summary>
    public int Next;

    /// <summary>The first page of holders beyond 63, or -1.</summary>
    public int Pages;
}

/// <summary>
/// A chained hash table whose blocks never move, so that a slot is a name for as long as the block lives. When full,
/// a clock hand gives a second chance to what was recorded since it last came by.
/// </summary>
internal sealed class BlockTable
{
    public const int BlockBytes = 24;

    /// <summary>How many look-ups are prepared at once: about as many cache misses as a core can wait for together.</summary>
    public const int Batch = 16;

    // A table of so many buckets is in the cache anyway.
    private const int WarmFrom = 1 << 15;

    private readonly int _capacityMax;
    private Block[] _blocks;
    private int[] _buckets;
    private ulong[] _used;
    private ulong[] _recent;
    private int _free = -1;
    private int _fresh;
    private int _hand;
    private int _warmedTo;
    private volatile int _warmed;

    public BlockTable(int capacityMax)
    {
        _capacityMax = capacityMax;
        int capacity = Math.Min(1024, capacityMax);
        _blocks = new Block[capacity];
        _buckets = NewBuckets(capacity);
        _used = new ulong[Words(capacity)];
        _recent = new ulong[Words(capacity)];
    }

    /// <summary>How many words a bit for each slot takes.</summary>
    public int SlotWords => _used.Length;

    /// <summary>How many blocks there are.</summary>
    public int Count { get; private set; }

    public long BytesReserved => ((long)_blocks.Length * BlockBytes) + ((long)_buckets.Length * sizeof(int)) + ((long)_used.Length * 16);

    public ref Block this[int slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _blocks[slot];
    }

    /// <summary>The slot of a block, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong hash)
    {
        Block[] blocks = _blocks;
        int slot = _buckets[(int)hash & (_buckets.Length - 1)];
        while ((uint)slot < (uint)blocks.Length)
        {
            ref Block block = ref blocks[slot];
            if (block.Hash == hash)
                return slot;
            slot = block.Next;
        }
        return -1;
    }

    /// <summary>
    /// Brings into the cache what the next look-ups begin with. One after the other each would wait for its own cache misses, which in a
    /// large table is where nearly all of the time goes; together they wait once.
    /// </summary>
    /// <param name="hashes">At most <see cref="Batch"/> hashes.</param>
    public void Warm(ReadOnlySpan<ulong> hashes)
    {
        int[] buckets = _buckets;
        if (buckets.Length < WarmFrom)
            return;
        Block[] blocks = _blocks;
        Span<int> heads = stackalloc int[Batch];
        for (int index = 0; index < hashes.Length; index++)
            heads[index] = buckets[(int)hashes[index] & (buckets.Length - 1)];
        int seen = 0;
        for (int index = 0; index < hashes.Length; index++)
        {
            if ((uint)heads[index] < (uint)blocks.Length)
                seen ^= blocks[heads[index]].Next;
        }
        // Somebody must want it, or the compiler leaves the loads out.
        _warmed = seen;
    }

    /// <summary>Adds a block that is not there yet; -1 when the table is full and the caller must evict first.</summary>
    public int Add(ulong hash)
    {
        int slot = Take();
        if (slot < 0)
            return -1;
        ref int bucket = ref _buckets[(int)hash & (_buckets.Length - 1)];
        _blocks[slot] = new Block { Hash = hash, Next = bucket, Pages = -1 };
        bucket = slot;
        _used[slot >> 6] |= 1UL << slot;
        Count++;
        return slot;
    }

    /// <summary>Forgets a block that nobody holds any more.</summary>
    public void Release(int slot)
    {
        ref Block block = ref _blocks[slot];
        ref int link = ref _buckets[(int)block.Hash & (_buckets.Length - 1)];
        while (link != slot)
            link = ref _blocks[link].Next;
        link = block.Next;
        block.Next = _free;
        _free = slot;
        _used[slot >> 6] &= ~(1UL << slot);
        Count--;
    }

    /// <summary>Saves a block from the hand's next round.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Touch(int slot) => _recent[slot >> 6] |= 1UL << slot;

    /// <summary>Whether a block was saved since this was last asked.</summary>
    public bool TakeTouch(int slot)
    {
        bool was = (_recent[slot >> 6] & (1UL << slot)) != 0;
        _recent[slot >> 6] &= ~(1UL << slot);
        return was;
    }

    public bool IsUsed(int slot) => (_used[slot >> 6] & (1UL << slot)) != 0;

    /// <summary>The block to evict next, or -1 when the table is empty. Clears the marks of those it passes over.</summary>
    public int Victim()
    {
        if (Count == 0)
            return -1;
        while (true)
        {
            int word = _hand >> 6;
            ulong ahead = ulong.MaxValue << _hand;
            ulong candidates = _used[word] & ahead;
            ulong spared = _recent[word];
            ulong victims = candidates & ~spared;
            if (victims != 0)
            {
                int slot = (word << 6) + BitOperations.TrailingZeroCount(victims);
                ulong passed = ahead & ((1UL << slot) - 1);
                _recent[word] = spared & ~passed;
                _hand = slot;
                if (slot >= _warmedTo || slot < _warmedTo - Batch)
                    WarmBucketsFrom(slot);
                return slot;
            }
            _recent[word] = spared & ~ahead;
            int next = (word + 1) << 6;
            _hand = next >= _blocks.Length ? 0 : next;
        }
    }

    /// <summary>The next victims are neighbours, their buckets are anywhere.</summary>
    private void WarmBucketsFrom(int slot)
    {
        _warmedTo = slot + Batch;
        if (_buckets.Length < WarmFrom)
            return;
        int seen = 0;
        foreach (ref Block block in _blocks.AsSpan(slot, Math.Min(Batch, _blocks.Length - slot)))
            seen ^= _buckets[(int)block.Hash & (_buckets.Length - 1)];
        _warmed = seen;
    }

    private int Take()
    {
        if (_free >= 0)
        {
            int slot = _free;
            _free = _blocks[slot].Next;
            return slot;
        }
        if (_fresh < _blocks.Length)
            return _fresh++;
        if (_blocks.Length >= _capacityMax)
            return -1;
        Grow();
        return _fresh++;
    }

    private void Grow()
    {
        int capacity = (int)Math.Min(_capacityMax, _blocks.Length * 3L / 2);
        // What is not in use yet is written before it is read.
        Block[] blocks = GC.AllocateUninitializedArray<Block>(capacity);
        _blocks.AsSpan(0, _fresh).CopyTo(blocks);
        _blocks = blocks;
        Array.Resize(ref _used, Words(capacity));
        Array.Resize(ref _recent, Words(capacity));
        if (_buckets.Length >= capacity)
            return;
        _buckets = NewBuckets(capacity);
        for (int slot = 0; slot < _fresh; slot++)
        {
            // Nothing is free while the table grows.
            ref int bucket = ref _buckets[(int)_blocks[slot].Hash & (_buckets.Length - 1)];
            _blocks[slot].Next = bucket;
            bucket = slot;
        }
    }

    private static int[] NewBuckets(int capacity)
    {
        int[] buckets = GC.AllocateUninitializedArray<int>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        Array.Fill(buckets, -1);
        return buckets;
    }

    private static int Words(int capacity) => (capacity + 63) >> 6;
}
