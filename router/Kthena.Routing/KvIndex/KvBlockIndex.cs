using System.Numerics;

namespace Kthena.Routing.KvIndex;

/// <summary>
/// Which endpoint holds which blocks of which prompts. A block is its chained hash, so holding a block means holding
/// the whole prefix that ends with it. Endpoints are small numbers that the caller gives out. Not thread-safe.
/// </summary>
/// <remarks>
/// A block costs 24 bytes, its bucket 4 to 8, each holder 4 to 6 (with growth in hand); endpoints beyond the 64th share
/// 16 bytes per 64 and block. The budget is never exceeded: what was not recorded for the longest time gives way, the end of
/// a prompt before its beginning.
/// </remarks>
public sealed class KvBlockIndex
{
    /// <summary>What the budget allows for each block, all in: the table takes half of it, holders the other half.</summary>
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
        int capacity = (int)Math.Min(budgetBytes / BytesPerBlock, 1 << 30);
        _table = new BlockTable(capacity);
        _pages = new HolderPages(budgetBytes / 4);
        // A used bit, a recent bit and a mark for each block come out of the lists' share.
        _listBytesMax = (budgetBytes / 4) - (capacity / 2);
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
        // From the end: slots are handed out in this order, so the clock hand meets the end of a prompt first.
        for (int end = chain.Length; end > 0; end -= BlockTable.Batch)
        {
            ReadOnlySpan<ulong> batch = chain[Math.Max(0, end - BlockTable.Batch)..end];
            _table.Warm(batch);
            for (int index = batch.Length - 1; index >= 0; index--)
            {
                ulong hash = batch[index];
                int slot = _table.Find(hash);
                if (slot < 0)
                    slot = AddBlock(hash);
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
        for (int index = 0; index < chain.Length; index++)
        {
            if (index % BlockTable.Batch == 0)
                _table.Warm(chain[index..Math.Min(chain.Length, index + BlockTable.Batch)]);
            int slot = _table.Find(chain[index]);
            ulong holders = slot < 0 ? 0 : _table[slot].Holders;
            ulong lost = alive & ~holders;
            alive &= holders;
            if (lost != 0 && index > 0)
                Settle(lost, 0, index, matched);
            if (alive == 0)
                return index;
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
        for (int index = 0; index < chain.Length; index++)
        {
            if (index % BlockTable.Batch == 0)
                _table.Warm(chain[index..Math.Min(chain.Length, index + BlockTable.Batch)]);
            int slot = _table.Find(chain[index]);
            holders.Clear();
            if (slot >= 0)
            {
                ref Block block = ref _table[slot];
                _pages.CopyTo(block.Pages, holders);
                holders[0] = block.Holders;
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
        _listBytes += blocks.BytesReserved;
        return _endpoints[endpoint] = blocks;
    }

    private int AddBlock(ulong hash)
    {
        int slot = _table.Add(hash);
        while (slot < 0)
        {
            EvictOne();
            slot = _table.Add(hash);
        }
        return slot;
    }

    private void AddHolder(int slot, int endpoint, EndpointBlocks blocks)
    {
        ref Block block = ref _table[slot];
        if (endpoint < FirstPageEndpoints)
        {
            ulong bit = 1UL << endpoint;
            if ((block.Holders & bit) != 0)
                return;
            block.Holders |= bit;
        }
        else
        {
            bool? isNew = _pages.Add(ref block.Pages, endpoint >> 6, 1UL << endpoint);
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
        ref Block block = ref _table[slot];
        Forget(block.Holders, 0);
        while (_pages.TakeFirst(ref block.Pages, out int number, out ulong holders))
            Forget(holders, number << 6);
        block.Holders = 0;
        _table.Release(slot);
        Evictions++;
    }

    private void Forget(ulong holders, int first)
    {
        for (; holders != 0; holders &= holders - 1)
            _endpoints[first + BitOperations.TrailingZeroCount(holders)]!.Live--;
    }

    private bool Holds(int slot, int endpoint)
    {
        if (!_table.IsUsed(slot))
            return false;
        ref Block block = ref _table[slot];
        return endpoint < FirstPageEndpoints
            ? (block.Holders & (1UL << endpoint)) != 0
            : _pages.Contains(block.Pages, endpoint >> 6, 1UL << endpoint);
    }

    private void Drop(int slot, int endpoint)
    {
        if (!Holds(slot, endpoint))
            return;
        ref Block block = ref _table[slot];
        if (endpoint < FirstPageEndpoints)
            block.Holders &= ~(1UL << endpoint);
        else
            _pages.Remove(ref block.Pages, endpoint >> 6, 1UL << endpoint);
        _endpoints[endpoint]!.Live--;
        ReleaseIfUnheld(slot);
    }

    private void ReleaseIfUnheld(int slot)
    {
        if (_table[slot] is { Holders: 0, Pages: < 0 })
            _table.Release(slot);
    }
}
