using System.Numerics;

namespace Kthena.Routing.KvIndex;

/// <summary>
/// Which endpoint holds which blocks of which prompts. A block is its chained hash, so holding a block means holding
/// the whole prefix that ends with it. Endpoints are small numbers that the caller gives out. Not thread-safe.
/// </summary>
/// <remarks>
/// A block costs 16 bytes, its entry in the directory 13 to 26, each holder 4 to 12 (with growth in hand); endpoints beyond the 64th
/// share 16 bytes per 64 and block, and 4 more a block. The budget is never exceeded: what was not recorded for the longest time gives
/// way, the end of a prompt before its beginning.
/// </remarks>
public sealed class KvBlockIndex
{
    /// <summary>What the budget allows for each block, all in: the table takes about half of it, holders the other half.</summary>
    public const int BytesPerBlock = 64;

    private const int FirstPageEndpoints = 64;

    private readonly BlockTable _table;
    private readonly HolderPages _pages;
    private readonly long _listBytesMax;
    private readonly List<EndpointBlocks?> _endpoints = [];
    private long _listBytes;
    private ulong[] _alive = [];
    private ulong[] _holders = [];
    private ulong[] _marks = [];

    /// <summary>Makes an empty index.</summary>
    /// <param name="budgetBytes">The most memory to use, at least 64 KiB; small at first, it grows as blocks come.</param>
    public KvBlockIndex(long budgetBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budgetBytes, 64 * 1024);
        int capacity = (int)Math.Min(budgetBytes / BytesPerBlock, 1 << 29);
        _table = new BlockTable(capacity);
        _pages = new HolderPages(budgetBytes / 4);
        // What is left, but for a mark for each block.
        _listBytesMax = budgetBytes - BlockTable.BytesMax(capacity) - (budgetBytes / 4) - (capacity / 8);
    }

    /// <summary>The most blocks that are kept for one endpoint; upstream's <c>maxHashCacheSize</c>. Null leaves it to the budget.</summary>
    public int? BlocksPerEndpointMax { get; set; }

    /// <summary>How many blocks are known.</summary>
    public int BlockCount => _table.Count;

    /// <summary>How many blocks gave way since the beginning.</summary>
    public long Evictions { get; private set; }

    /// <summary>The bytes of all arrays, used or not.</summary>
    public long BytesReserved => _table.BytesReserved + _pages.BytesReserved + _listBytes + ((long)_marks.Length * sizeof(ulong));

    /// <summary>How many blocks an endpoint holds.</summary>
    /// <param name="endpoint">The endpoint's number.</param>
    public int BlocksOf(int endpoint) => endpoint < _endpoints.Count ? _endpoints[endpoint]?.Live ?? 0 : 0;

    /// <summary>Notes that an endpoint holds a prompt, or soon will.</summary>
    /// <param name="endpoint">The endpoint's number, from 0; small numbers cost less.</param>
    /// <param name="chain">The chained hashes of the prompt's blocks, in order.</param>
    public void Record(int endpoint, ReadOnlySpan<ulong> chain)
    {
        EndpointBlocks blocks = EndpointOf(endpoint);
        Span<int> slots = stackalloc int[BlockTable.Batch];
        _table.Prefetch(chain[Math.Max(0, chain.Length - BlockTable.Batch)..]);
        // From the end: slots are handed out in this order, so the clock hand meets the end of a prompt first.
        for (int end = chain.Length; end > 0; end -= BlockTable.Batch)
        {
            int start = Math.Max(0, end - BlockTable.Batch);
            ReadOnlySpan<ulong> batch = chain[start..end];
            _table.Prefetch(chain[Math.Max(0, start - BlockTable.Batch)..start]);
            _table.Find(batch, slots);
            for (int index = batch.Length - 1; index >= 0; index--)
            {
                int slot = slots[index];
                // Since then another block of the batch may have pushed this one out, or been the same.
                if (slot < 0 || _table[slot].Hash != batch[index] || !IsHeld(slot))
                    slot = FindOrAdd(batch[index]);
                _table.Touch(slot);
                AddHolder(slot, endpoint, blocks);
            }
        }
        if (BlocksPerEndpointMax is not { } blocksMax)
            return;
        if (!blocks.IsAged && blocks.Live > blocksMax / 2)
            Age(blocks);
        if (blocks.Live > blocksMax)
            KeepUpTo(blocksMax, blocks, endpoint);
    }

    /// <summary>The longest prefix of a prompt at every endpoint.</summary>
    /// <param name="chain">The chained hashes of the prompt's blocks, in order.</param>
    /// <param name="matched">By endpoint number: receives how many leading blocks it holds. What is beyond its end is left out.</param>
    /// <returns>The longest of them.</returns>
    public int Match(ReadOnlySpan<ulong> chain, Span<int> matched)
    {
        matched.Clear();
        return _endpoints.Count <= FirstPageEndpoints ? MatchFirstPage(chain, matched) : MatchPages(chain, matched);
    }

    /// <summary>Forgets an endpoint, in time proportional to its own blocks. Its number may be given out again.</summary>
    /// <param name="endpoint">The endpoint's number.</param>
    public void Remove(int endpoint)
    {
        if (endpoint >= _endpoints.Count || _endpoints[endpoint] is not { } blocks)
            return;
        foreach (int slot in blocks.Slots)
            Drop(slot, endpoint);
        _listBytes -= blocks.BytesReserved;
        _endpoints[endpoint] = null;
    }

    private int MatchFirstPage(ReadOnlySpan<ulong> chain, Span<int> matched)
    {
        ulong alive = matched.Length >= FirstPageEndpoints ? ulong.MaxValue : (1UL << matched.Length) - 1;
        Span<int> slots = stackalloc int[BlockTable.Batch];
        PrefetchAt(chain, 0);
        for (int start = 0; start < chain.Length; start += BlockTable.Batch)
        {
            PrefetchAt(chain, start + BlockTable.Batch);
            ReadOnlySpan<ulong> batch = BatchAt(chain, start);
            _table.Find(batch, slots);
            for (int index = 0; index < batch.Length; index++)
            {
                ulong holders = slots[index] < 0 ? 0 : _table[slots[index]].Holders;
                ulong lost = alive & ~holders;
                alive &= holders;
                if (lost != 0 && start + index > 0)
                    Settle(lost, 0, start + index, matched);
                if (alive == 0)
                    return start + index;
            }
        }
        Settle(alive, 0, chain.Length, matched);
        return alive == 0 ? 0 : chain.Length;
    }

    private int MatchPages(ReadOnlySpan<ulong> chain, Span<int> matched)
    {
        int words = (_endpoints.Count + 63) >> 6;
        if (_alive.Length < words)
            (_alive, _holders) = (new ulong[words], new ulong[words]);
        Span<ulong> alive = _alive.AsSpan(0, words);
        Span<ulong> holders = _holders.AsSpan(0, words);
        alive.Fill(ulong.MaxValue);
        Span<int> slots = stackalloc int[BlockTable.Batch];
        PrefetchAt(chain, 0);
        for (int index = 0; index < chain.Length; index++)
        {
            if (index % BlockTable.Batch == 0)
            {
                PrefetchAt(chain, index + BlockTable.Batch);
                _table.Find(BatchAt(chain, index), slots);
            }
            int slot = slots[index % BlockTable.Batch];
            holders.Clear();
            if (slot >= 0)
            {
                _pages.CopyTo(_table.PagesOf(slot), holders);
                holders[0] = _table[slot].Holders;
            }
            ulong any = 0;
            for (int word = 0; word < words; word++)
            {
                ulong lost = alive[word] & ~holders[word];
                alive[word] &= holders[word];
                any |= alive[word];
                if (lost != 0 && index > 0)
                    Settle(lost, word << 6, index, matched);
            }
            if (any == 0)
                return index;
        }
        for (int word = 0; word < words && chain.Length > 0; word++)
            Settle(alive[word], word << 6, chain.Length, matched);
        return chain.Length;
    }

    private static ReadOnlySpan<ulong> BatchAt(ReadOnlySpan<ulong> chain, int start) =>
        start >= chain.Length ? [] : chain[start..Math.Min(chain.Length, start + BlockTable.Batch)];

    private void PrefetchAt(ReadOnlySpan<ulong> chain, int start) => _table.Prefetch(BatchAt(chain, start));

    private static void Settle(ulong endpoints, int first, int blocks, Span<int> matched)
    {
        for (; endpoints != 0; endpoints &= endpoints - 1)
        {
            int endpoint = first + BitOperations.TrailingZeroCount(endpoints);
            if (endpoint < matched.Length)
                matched[endpoint] = blocks;
        }
    }

    private EndpointBlocks EndpointOf(int endpoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(endpoint);
        while (_endpoints.Count <= endpoint)
            _endpoints.Add(null);
        if (_endpoints[endpoint] is { } known)
            return known;
        var blocks = new EndpointBlocks();
        if (_listBytes + blocks.BytesReserved > _listBytesMax)
            HalveLargest();
        _listBytes += blocks.BytesReserved;
        return _endpoints[endpoint] = blocks;
    }

    private int FindOrAdd(ulong hash)
    {
        int slot = _table.Find(hash);
        if (slot >= 0)
            return slot;
        while ((slot = _table.Add(hash)) < 0)
            EvictOne();
        return slot;
    }

    private void AddHolder(int slot, int endpoint, EndpointBlocks blocks)
    {
        if (endpoint < FirstPageEndpoints)
        {
            ref Block block = ref _table[slot];
            ulong bit = 1UL << endpoint;
            if ((block.Holders & bit) != 0)
                return;
            block.Holders |= bit;
        }
        else
        {
            bool? isNew = _pages.Add(ref _table.PagesForChange(slot), endpoint >> 6, 1UL << endpoint);
            if (isNew is null)
                ReleaseIfUnheld(slot);
            if (isNew is not true)
                return;
        }
        blocks.Live++;
        if (blocks.IsFull)
            MakeRoom(blocks, endpoint);
        blocks.Add(slot);
    }

    /// <summary>Lets an endpoint's list take one more: drops stale entries, grows within the budget, or gives up its own blocks.</summary>
    private void MakeRoom(EndpointBlocks blocks, int endpoint)
    {
        if (!blocks.IsStale && _listBytes + blocks.GrowthBytes <= _listBytesMax)
        {
            _listBytes += blocks.GrowthBytes;
            blocks.Grow();
            return;
        }
        Compact(blocks, endpoint);
        // Compacting may have freed next to nothing: then the oldest quarter goes, or it would be done again for each block.
        int dropped = blocks.Slots.Length - (int)(blocks.BytesReserved / sizeof(int) * 3 / 4);
        if (dropped <= 0)
            return;
        foreach (int slot in blocks.Slots[..dropped])
            Drop(slot, endpoint);
        blocks.MoveToEnd(0, dropped);
    }

    /// <summary>Makes room for an endpoint that comes when the others have taken all: who has the most gives up half, the oldest first.</summary>
    private void HalveLargest()
    {
        int largest = 0;
        for (int endpoint = 1; endpoint < _endpoints.Count; endpoint++)
        {
            if (_endpoints[endpoint]?.BytesReserved > (_endpoints[largest]?.BytesReserved ?? 0))
                largest = endpoint;
        }
        if (_endpoints[largest] is not { } blocks)
            return;
        Compact(blocks, largest);
        int dropped = Math.Max(0, blocks.Slots.Length - blocks.HalfLength);
        foreach (int slot in blocks.Slots[..dropped])
            Drop(slot, largest);
        blocks.MoveToEnd(0, dropped);
        _listBytes -= blocks.BytesReserved;
        blocks.Halve();
        _listBytes += blocks.BytesReserved;
    }

    /// <summary>Half full: from here on it is told apart who is used again and who is not.</summary>
    private void Age(EndpointBlocks blocks)
    {
        foreach (int slot in blocks.Slots)
            _table.TakeTouch(slot);
        blocks.IsAged = true;
    }

    /// <summary>
    /// Takes an endpoint below its bound by an eighth, so that this is done seldom: the oldest go, but what was recorded again since
    /// it was last looked at goes to the end of the list instead.
    /// </summary>
    private void KeepUpTo(int blocksMax, EndpointBlocks blocks, int endpoint)
    {
        int kept = Math.Max(1, blocksMax - (blocksMax / 8));
        while (blocks.Live > kept)
        {
            int looked = 0;
            int spared = 0;
            Span<int> slots = blocks.Slots;
            for (; looked < slots.Length && blocks.Live > kept; looked++)
            {
                if (!Holds(slots[looked], endpoint))
                    continue;
                if (_table.TakeTouch(slots[looked]))
                {
                    slots[spared++] = slots[looked];
                    continue;
                }
                Drop(slots[looked], endpoint);
                Evictions++;
            }
            blocks.MoveToEnd(spared, looked);
        }
    }

    /// <summary>Keeps one entry of each slot that the endpoint still holds, in the order of before.</summary>
    private void Compact(EndpointBlocks blocks, int endpoint)
    {
        if (_marks.Length < _table.SlotWords)
            _marks = new ulong[_table.SlotWords];
        Span<int> slots = blocks.Slots;
        int kept = 0;
        foreach (int slot in slots)
        {
            ref ulong marks = ref _marks[slot >> 6];
            if ((marks & (1UL << slot)) != 0 || !Holds(slot, endpoint))
                continue;
            marks |= 1UL << slot;
            slots[kept++] = slot;
        }
        foreach (int slot in slots[..kept])
            _marks[slot >> 6] &= ~(1UL << slot);
        blocks.Keep(kept);
    }

    private void EvictOne()
    {
        int slot = _table.Victim();
        Forget(_table[slot].Holders, 0);
        if (_table.PagesOf(slot) >= 0)
        {
            while (_pages.TakeFirst(ref _table.PagesForChange(slot), out int number, out ulong holders))
                Forget(holders, number << 6);
        }
        _table.Release(slot);
        Evictions++;
    }

    private void Forget(ulong holders, int first)
    {
        for (; holders != 0; holders &= holders - 1)
            _endpoints[first + BitOperations.TrailingZeroCount(holders)]!.Live--;
    }

    private bool Holds(int slot, int endpoint) => endpoint < FirstPageEndpoints
        ? (_table[slot].Holders & (1UL << endpoint)) != 0
        : _pages.Contains(_table.PagesOf(slot), endpoint >> 6, 1UL << endpoint);

    /// <summary>Whether a slot is that of a block, not a free one.</summary>
    private bool IsHeld(int slot) => _table[slot].Holders != 0 || _table.PagesOf(slot) >= 0;

    private void Drop(int slot, int endpoint)
    {
        if (!Holds(slot, endpoint))
            return;
        if (endpoint < FirstPageEndpoints)
            _table[slot].Holders &= ~(1UL << endpoint);
        else
            _pages.Remove(ref _table.PagesForChange(slot), endpoint >> 6, 1UL << endpoint);
        _endpoints[endpoint]!.Live--;
        ReleaseIfUnheld(slot);
    }

    private void ReleaseIfUnheld(int slot)
    {
        if (!IsHeld(slot))
            _table.Release(slot);
    }
}
