using System.Buffers;

namespace Kthena.Routing.KvIndex;

/// <summary>
/// The slots that one endpoint was added to, so that it can be removed without a search. An entry whose block was
/// evicted since is stale; stale entries are dropped when the list is full, so they never outnumber the live ones much.
/// </summary>
internal sealed class EndpointBlocks
{
    private const int LengthMin = 16;

    private int[] _slots = new int[LengthMin];
    private int _count;

    /// <summary>How many blocks the endpoint holds.</summary>
    public int Live { get; set; }

    /// <summary>Whether marks of use tell what was recorded again, not only what was recorded.</summary>
    public bool IsAged { get; set; }

    public long BytesReserved => (long)_slots.Length * sizeof(int);

    /// <summary>The slots; some stale, some doubled.</summary>
    public Span<int> Slots => _slots.AsSpan(0, _count);

    /// <summary>Whether the next <see cref="Add"/> needs room first.</summary>
    public bool IsFull => _count == _slots.Length;

    /// <summary>Whether half of the entries is stale, so that compacting is worth its time.</summary>
    public bool IsStale => Live * 2L <= _count;

    /// <summary>The bytes that growing takes.</summary>
    public long GrowthBytes => (long)_slots.Length * sizeof(int);

    /// <summary>How many entries <see cref="Halve"/> leaves room for; a list never becomes shorter than a new one.</summary>
    public int HalfLength => Math.Max(LengthMin, _slots.Length / 2);

    public void Add(int slot) => _slots[_count++] = slot;

    /// <summary>Doubles the room.</summary>
    public void Grow() => Resize(_slots.Length * 2);

    /// <summary>Gives back half of the room, which must be free.</summary>
    public void Halve() => Resize(HalfLength);

    /// <summary>Keeps the first entries.</summary>
    public void Keep(int count) => _count = count;

    /// <summary>Moves the first entries behind the last, and drops those between them and the rest.</summary>
    /// <param name="moved">How many entries move.</param>
    /// <param name="rest">Where the rest begins, which keeps its order.</param>
    public void MoveToEnd(int moved, int rest)
    {
        int[] aside = ArrayPool<int>.Shared.Rent(Math.Max(1, moved));
        _slots.AsSpan(0, moved).CopyTo(aside);
        _slots.AsSpan(rest, _count - rest).CopyTo(_slots);
        aside.AsSpan(0, moved).CopyTo(_slots.AsSpan(_count - rest));
        _count = _count - rest + moved;
        ArrayPool<int>.Shared.Return(aside);
    }

    private void Resize(int length)
    {
        int[] slots = GC.AllocateUninitializedArray<int>(length);
        Slots.CopyTo(slots);
        _slots = slots;
    }
}
