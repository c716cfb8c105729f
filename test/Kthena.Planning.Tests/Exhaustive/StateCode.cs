namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// A state as one word: a few bits for each place, one for what the status calls current, and the number of the recorded steps
/// in the rest. Three bits hold a place where pods start or run, as in folded states; else it takes four.
/// </summary>
internal sealed class StateCode(int places, bool hasEveryPhase)
{
    private readonly int _bits = hasEveryPhase ? 4 : 3;
    private readonly int _used = places * (hasEveryPhase ? 4 : 3) is var used and < 63
        ? used
        : throw new ArgumentException($"{places} places do not fit into a word.", nameof(places));

    public ulong Pack(UnitState state)
    {
        ulong units = hasEveryPhase ? state.Units : 0;
        for (int unit = 0; unit < places && !hasEveryPhase; unit++)
            units |= Narrow(state.At(unit)) << (unit * _bits);
        ulong rest = ((ulong)state.Record << 1) | (state.IsCurrentUpdate ? 1UL : 0);
        if (rest >> (64 - _used) != 0)
            throw new InvalidOperationException($"Record {state.Record} does not fit beside {places} places.");
        return units | (rest << _used);
    }

    public UnitState Unpack(ulong word)
    {
        ulong units = hasEveryPhase ? word & ((1UL << _used) - 1) : 0;
        for (int unit = 0; unit < places && !hasEveryPhase; unit++)
            units |= Wide((word >> (unit * _bits)) & 7) << (unit * 4);
        ulong rest = word >> _used;
        return new UnitState(units, (int)(rest >> 1), (rest & 1) != 0);
    }

    /// <summary>Nothing is 0; else one more than three times the revision and the phase.</summary>
    private static ulong Narrow(ulong place) => (place & 1) == 0 ? 0 : 1 + (3 * ((place >> 1) & 1)) + (place >> 2);

    private static ulong Wide(ulong code) => code == 0 ? 0 : 1 | ((code - 1) / 3 << 1) | ((code - 1) % 3 << 2);
}
