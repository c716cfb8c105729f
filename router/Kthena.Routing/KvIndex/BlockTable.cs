using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kthena.Routing.KvIndex;

/// <summary>One block and who holds it.</summary>
internal struct Block
{
    /// <summary>The block's chained hash; of a free slot, the next free one.</summary>
    public ulong Hash;

    /// <summary>A bit for each holder among the endpoints 0 to 63; 0 for a free slot.</summary>
    public ulong Holders;
}

/// <summary>
/// Blocks, in the order in which they came, and a directory that finds them. Blocks never move, so that a slot is a name for as long as
/// the block lives. When full, a clock hand gives a second chance to what was recorded since it last came by.
/// </summary>
internal sealed class BlockTable
{
    /// <summary>The bytes of a block, without its share of the directory.</summary>
    public const int BlockBytes = 16;

    /// <summary>How many look-ups are prepared at once: about as many cache misses as a core can wait for together.</summary>
    public const int Batch = 32;

    /// <summary>Slots beyond these bits choose the segment.</summary>
    public const int SegmentBits = 13;

    /// <summary>The bits of a slot within its segment.</summary>
    public const int SegmentMask = (1 << SegmentBits) - 1;

    // A directory of so many entries is in the cache anyway.
    private const int PrefetchFrom = 1 << 14;
    private const int BitsPerWord = 64;

    private readonly int _capacityMax;
    private readonly BlockDirectory _directory;
    private Block[][] _segments;
    private int[][]? _pages;
    private ulong[] _recent;
    private int _capacity;
    private int _free = -1;
    private int _fresh;
    private int _hand;
    private int _prefetchedTo;

    /// <summary>Makes an empty one.</summary>
    /// <param name="capacityMax">The most blocks; whole words of bits.</param>
    public BlockTable(int capacityMax)
    {
        _capacityMax = capacityMax - (capacityMax % BitsPerWord);
        _capacity = Math.Min(1024, _capacityMax);
        _segments = [GC.AllocateUninitializedArray<Block>(_capacity)];
        _recent = new ulong[_capacity / BitsPerWord];
        _directory = new BlockDirectory(_capacity, _capacityMax);
    }

    /// <summary>How many words a bit for each slot takes.</summary>
    public int SlotWords => _recent.Length;

    /// <summary>How many blocks there are.</summary>
    public int Count => _directory.Count;

    /// <summary>The bytes of all arrays.</summary>
    public long BytesReserved =>
        ((long)_capacity * (BlockBytes + (_pages is null ? 0 : sizeof(int)))) + _directory.BytesReserved + ((long)_recent.Length * sizeof(ulong));

    /// <summary>The block at a slot.</summary>
    public ref Block this[int slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _segments[slot >> SegmentBits][slot & SegmentMask];
    }

    /// <summary>The most that <see cref="BytesReserved"/> can become.</summary>
    public static long BytesMax(int capacityMax) =>
        ((long)capacityMax * (BlockBytes + sizeof(int))) + (((capacityMax / BlockDirectory.EntriesPerLine) + 3L) * BlockDirectory.LineBytes) + (capacityMax / 8);

    /// <summary>The first page of a block's holders beyond 63, or -1.</summary>
    public int PagesOf(int slot) => _pages is null ? -1 : _pages[slot >> SegmentBits][slot & SegmentMask];

    /// <summary>The first page of a block's holders beyond 63, to change it. Who never has such holders pays nothing for them.</summary>
    public ref int PagesForChange(int slot)
    {
        _pages ??= [.. _segments.Select(static segment => NewPages(segment?.Length ?? 0))];
        return ref _pages[slot >> SegmentBits][slot & SegmentMask];
    }

    /// <summary>The slot of a block, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong hash) => _directory.Find(hash, _segments);

    /// <summary>Begins to look up some blocks, so that <see cref="Find(ReadOnlySpan{ulong}, Span{int})"/> need not wait for them.</summary>
    public void Prefetch(ReadOnlySpan<ulong> hashes)
    {
        if (Count < PrefetchFrom)
            return;
        foreach (ulong hash in hashes)
            _directory.Prefetch(hash);
    }

    /// <summary>
    /// Looks up some blocks at once. One after the other each would wait for its own cache misses, which in a large table is where
    /// nearly all of the time goes; together they wait once.
    /// </summary>
    /// <param name="hashes">At most <see cref="Batch"/> hashes.</param>
    /// <param name="slots">Receives the slots, -1 for what is not there.</param>
    public void Find(ReadOnlySpan<ulong> hashes, Span<int> slots)
    {
        Block[][] segments = _segments;
        for (int index = 0; index < hashes.Length; index++)
            slots[index] = _directory.Find(hashes[index], segments);
    }

    /// <summary>Adds a block that is not there yet; -1 when the table is full and the caller must evict first.</summary>
    public int Add(ulong hash)
    {
        int slot = Take();
        if (slot < 0)
            return -1;
        this[slot] = new Block { Hash = hash };
        _directory.Add(hash, slot);
        return slot;
    }

    /// <summary>Forgets a block that nobody holds any more.</summary>
    public void Release(int slot)
    {
        ref Block block = ref this[slot];
        _directory.Remove(block.Hash, slot);
        block = new Block { Hash = (uint)_free };
        _free = slot;
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

    /// <summary>The block to evict next from a table that is full. Clears the marks of those it passes over.</summary>
    public int Victim()
    {
        while (true)
        {
            int word = _hand >> 6;
            ulong ahead = ulong.MaxValue << _hand;
            ulong spared = _recent[word];
            ulong victims = ahead & ~spared;
            if (victims != 0)
            {
                int slot = (word << 6) + BitOperations.TrailingZeroCount(victims);
                ulong passed = ahead & ((1UL << slot) - 1);
                _recent[word] = spared & ~passed;
                _hand = slot;
                if (slot >= _prefetchedTo || slot < _prefetchedTo - Batch)
                    PrefetchFromSlot(slot);
                return slot;
            }
            _recent[word] = spared & ~ahead;
            int next = (word + 1) << 6;
            _hand = next >= _capacity ? 0 : next;
        }
    }

    private static int[] NewPages(int length)
    {
        int[] pages = GC.AllocateUninitializedArray<int>(length);
        Array.Fill(pages, -1);
        return pages;
    }

    /// <summary>The next victims are neighbours, their lines are anywhere.</summary>
    private void PrefetchFromSlot(int slot)
    {
        _prefetchedTo = slot + Batch;
        if (Count < PrefetchFrom)
            return;
        for (int next = slot; next < Math.Min(slot + Batch, _capacity); next++)
            _directory.Prefetch(this[next].Hash);
    }

    private int Take()
    {
        if (_free >= 0)
        {
            int slot = _free;
            _free = (int)this[slot].Hash;
            return slot;
        }
        if (_fresh == _capacity)
        {
            if (_capacity >= _capacityMax)
                return -1;
            Grow();
        }
        return _fresh++;
    }

    /// <summary>The first segment doubles until it is whole, then more are added: what is there is not copied again.</summary>
    private void Grow()
    {
        int segment = _capacity >> SegmentBits;
        int room = Math.Min(_capacityMax - (segment << SegmentBits), 1 << SegmentBits);
        if (segment == 0)
            room = Math.Min(room, _capacity * 2);
        if (segment == _segments.Length)
            Array.Resize(ref _segments, segment * 2);
        // What is not in use yet is written before it is read.
        Block[] blocks = GC.AllocateUninitializedArray<Block>(room);
        _segments[segment]?.CopyTo(blocks, 0);
        _segments[segment] = blocks;
        if (_pages is not null)
        {
            int[] pages = NewPages(room);
            if (segment == 0)
                _pages[0].CopyTo(pages, 0);
            if (_pages.Length < _segments.Length)
                Array.Resize(ref _pages, _segments.Length);
            _pages[segment] = pages;
        }
        _capacity = (segment << SegmentBits) + room;
        if (_recent.Length * BitsPerWord < _capacity)
            Array.Resize(ref _recent, Math.Min(_recent.Length * 2, _capacityMax / BitsPerWord));
    }
}
