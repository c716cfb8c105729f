using System.Text;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// One state of the small world: a byte for each place where a role instance of one pod may stand, the recorded steps as
/// their annotation holds them, and which revision the status calls current.
/// </summary>
internal sealed class UnitState(byte[] units, string operations, bool isCurrentUpdate, int disturbances)
{
    private const int Present = 1;
    private const int Updated = 2;
    private const int PhaseShift = 2;
    private const int Second = 16;

    public byte[] Units { get; } = units;

    public string Operations { get; } = operations;

    public bool IsCurrentUpdate { get; } = isCurrentUpdate;

    /// <summary>How many more times a pod may fail, vanish or lose readiness.</summary>
    public int Disturbances { get; } = disturbances;

    public string Key
    {
        get
        {
            var key = new StringBuilder(Units.Length + Operations.Length + 3);
            foreach (byte unit in Units)
                key.Append((char)('A' + unit));
            return key.Append(IsCurrentUpdate ? '1' : '0').Append((char)('a' + Disturbances)).Append(Operations).ToString();
        }
    }

    public bool Exists(int unit) => (Units[unit] & Present) != 0;

    public bool IsUpdated(int unit) => (Units[unit] & Updated) != 0;

    public UnitPhase Phase(int unit) => (UnitPhase)((Units[unit] >> PhaseShift) & 3);

    /// <summary>A pod that is made anew in a place has another UID than the one before.</summary>
    public string Uid(int unit) => $"u{unit}{((Units[unit] & Second) != 0 ? "b" : "a")}";

    public UnitState With(string? operations = null, bool? isCurrentUpdate = null) =>
        new(Units, operations ?? Operations, isCurrentUpdate ?? IsCurrentUpdate, Disturbances);

    public UnitState Create(int unit, bool isUpdated) => Set(unit, (Units[unit] & Second) | Present | (isUpdated ? Updated : 0));

    public UnitState Become(int unit, UnitPhase phase, bool disturbs = false) =>
        Set(unit, (Units[unit] & ~(3 << PhaseShift)) | ((int)phase << PhaseShift), disturbs);

    public UnitState Remove(int unit, bool disturbs = false) => Set(unit, (Units[unit] & Second) ^ Second, disturbs);

    private UnitState Set(int unit, int value, bool disturbs = false)
    {
        byte[] units = [.. Units];
        units[unit] = (byte)value;
        return new UnitState(units, Operations, IsCurrentUpdate, Disturbances - (disturbs ? 1 : 0));
    }
}

/// <summary>Where a role instance of one pod stands.</summary>
internal enum UnitPhase
{
    Starting,
    Running,
    Terminating,
}
