namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// A set of packed states, whole ones and no fingerprints, so that no two are ever taken for one: a word each in an open table
/// that is at most two thirds full. A hundred million states take 2 GB.
/// </summary>
internal sealed class StateSet
{
    private const ulong Free = ulong.MaxValue;
    private const int FirstBits = 12;

    private ulong[] _slots = Slots(FirstBits);
    private int _bits = FirstBits;

    public long Count { get; private set; }

    /// <summary>Whether it was not there yet.</summary>
    public bool Add(ulong state)
    {
        if (Count * 3 >= _slots.LongLength * 2)
            Grow();
        long slot = Find(_slots, _bits, state);
        if (_slots[slot] == state)
            return false;
        _slots[slot] = state;
        Count++;
        return true;
    }

    public bool Contains(ulong state) => _slots[Find(_slots, _bits, state)] == state;

    /// <summary>Every member once, in no order.</summary>
    public IEnumerable<ulong> All() => _slots.Where(static state => state != Free);

    private void Grow()
    {
        ulong[] larger = Slots(_bits + 1);
        foreach (ulong state in _slots)
        {
            if (state != Free)
                larger[Find(larger, _bits + 1, state)] = state;
        }
        (_slots, _bits) = (larger, _bits + 1);
    }

    /// <summary>Where a state is, or the free slot that it would have.</summary>
    private static long Find(ulong[] slots, int bits, ulong state)
    {
        long slot = (long)((state * 0x9E37_79B9_7F4A_7C15UL) >> (64 - bits));
        while (slots[slot] != Free && slots[slot] != state)
            slot = (slot + 1) & (slots.LongLength - 1);
        return slot;
    }

    private static ulong[] Slots(int bits)
    {
        ulong[] slots = new ulong[1L << bits];
        Array.Fill(slots, Free);
        return slots;
    }
}
