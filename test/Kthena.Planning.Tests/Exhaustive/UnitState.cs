namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// One state of the small world, packed: four bits for each place where a role instance of one pod may stand, the number of the
/// recorded steps in <see cref="RecordTable"/>, and which revision the status calls current. The pod that stands in a place always
/// has the place's UID; a record of a pod that is gone names nobody, so it is dropped: states that differ in that alone are one.
/// </summary>
/// <param name="Units">The places.</param>
/// <param name="Record">The number of the recorded steps.</param>
/// <param name="IsCurrentUpdate">Whether the status calls the update revision current.</param>
internal readonly record struct UnitState(ulong Units, int Record, bool IsCurrentUpdate)
{
    /// <summary>Places that fit.</summary>
    public const int PlacesMax = 16;

    private const int Bits = 4;
    private const ulong Present = 1;
    private const ulong Updated = 2;
    private const int PhaseShift = 2;

    public bool Exists(int unit) => (At(unit) & Present) != 0;

    public bool IsUpdated(int unit) => (At(unit) & Updated) != 0;

    public UnitPhase Phase(int unit) => (UnitPhase)(At(unit) >> PhaseShift);

    public bool IsRunning(int unit) => Exists(unit) && Phase(unit) == UnitPhase.Running;

    /// <summary>The bits of one place.</summary>
    public ulong At(int unit) => (Units >> (unit * Bits)) & 15;

    /// <summary>The same with other bits in one place.</summary>
    public UnitState Put(int unit, ulong bits) => this with { Units = (Units & ~(15UL << (unit * Bits))) | (bits << (unit * Bits)) };

    public UnitState Create(int unit, bool isUpdated) => Put(unit, Present | (isUpdated ? Updated : 0));

    public UnitState Become(int unit, UnitPhase phase) => Put(unit, (At(unit) & (Present | Updated)) | ((ulong)phase << PhaseShift));

    /// <summary>The pod is gone, and what was recorded of it with it.</summary>
    public UnitState Remove(int unit, RecordTable records) => Put(unit, 0) with { Record = records.Without(Record, unit) };

    /// <summary>A letter for each place: a dot where none stands, small for the old revision.</summary>
    public string Describe(int places, RecordTable records)
    {
        UnitState state = this;
        IEnumerable<char> letters = Enumerable.Range(0, places).Select(unit => !state.Exists(unit)
            ? '.'
            : state.IsUpdated(unit) ? "SRTF"[(int)state.Phase(unit)] : "srtf"[(int)state.Phase(unit)]);
        return $"{string.Concat(letters)} current {(IsCurrentUpdate ? "new" : "old")} {records.Text(Record)}";
    }
}

/// <summary>Where a role instance of one pod stands.</summary>
internal enum UnitPhase
{
    Starting,
    Running,
    Terminating,
    Failed,
}
