using System.Collections.Immutable;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// Which states are one, because nothing that looks at them or happens to them tells them apart.
///
/// A pod that failed or is going is one that starts. All that the planners ask of a phase is whether it is Running. Where a pod
/// is in one of the three phases, each of the other two could have been come to on the same way: it may start, lose readiness, fail
/// or be deleted whenever it may do any of these, and vanish in each; that it goes on to run is only one way more. What is asked of
/// a state is asked as if all such pods were starting, which is the most that it can be.
///
/// Roles have the same numbers, so the roles of one group may change places: the group's revision, whether it runs and whether
/// it is disturbed count over all of them, and each chooses its victims for itself. Where whole groups are replaced, the
/// instances of a role may too: none has an order among them then. Groups may not, nor the instances of a role that is replaced
/// one by one: of several the highest goes first, and a partition protects the lowest.
///
/// The search holds against real looks that this is so, and a test that small worlds have as many states folded as one by one.
/// </summary>
internal sealed class StateFold
{
    private const int BitsOfPlace = 12;
    private const int PlacesMax = 64 / BitsOfPlace;
    private const int BitsOfStep = 2;
    private static readonly UnitPhase[] Interchangeable = [UnitPhase.Starting, UnitPhase.Failed, UnitPhase.Terminating];

    private readonly UnitWorld _world;
    private readonly int[][] _orders;
    private readonly List<byte[]?> _marks = [];
    private readonly Dictionary<(int Record, int Group, int Order), int> _records = [];

    public StateFold(UnitWorld world)
    {
        _world = world;
        _orders = [.. Orders(world.Size)];
        if (_orders.Length > 1 && world.PlacesOfGroup > PlacesMax)
            throw new ArgumentException($"A group of {world.Size} has too many places.", nameof(world));
    }

    /// <summary>The state that stands for all that are one with this.</summary>
    public UnitState Of(UnitState state)
    {
        state = Seen(state);
        if (_orders.Length == 1)
            return state;
        for (int group = 0; group < _world.GroupPlaces; group++)
            state = Place(state, group, Best(state, group).Order);
        return state;
    }

    /// <summary>How many states one stands for; each of its pods that starts stands for three.</summary>
    public long Size(UnitState state)
    {
        long size = 1;
        for (int unit = 0; unit < _world.Places; unit++)
            size *= state.Exists(unit) && state.Phase(unit) == UnitPhase.Starting ? Interchangeable.Length : 1;
        for (int group = 0; group < _world.GroupPlaces && _orders.Length > 1; group++)
            size *= _orders.Length / Best(state, group).Same;
        return size;
    }

    /// <summary>One of the states that are one with this, and what its places are here.</summary>
    public (UnitState State, Func<UnitState, UnitState> Move) Other(UnitState state, Random chance)
    {
        int[] orders = [.. Enumerable.Range(0, _world.GroupPlaces).Select(_ => chance.Next(_orders.Length))];
        UnitState other = Move(state);
        for (int unit = 0; unit < _world.Places; unit++)
        {
            if (other.Exists(unit) && other.Phase(unit) == UnitPhase.Starting)
                other = other.Become(unit, Interchangeable[chance.Next(Interchangeable.Length)]);
        }
        return (other, Move);

        UnitState Move(UnitState moved)
        {
            for (int group = 0; group < orders.Length; group++)
                moved = Place(moved, group, orders[group]);
            return moved;
        }
    }

    /// <summary>The same with every pod that does not run starting.</summary>
    public static UnitState Seen(UnitState state)
    {
        // The upper bit of a phase tells that a pod failed or is going, and neither bit is set where one starts.
        ulong other = state.Units & 0x8888_8888_8888_8888;
        return state with { Units = state.Units & ~(other | (other >> 1)) };
    }

    /// <summary>The order of a group's places that makes the largest word, and how many orders make the same.</summary>
    private (int Order, int Same) Best(UnitState state, int group)
    {
        byte[] marks = Marks(state.Record);
        int first = group * _world.PlacesOfGroup;
        (int best, int same, ulong most) = (0, 0, 0);
        for (int order = 0; order < _orders.Length; order++)
        {
            ulong word = 0;
            foreach (int place in _orders[order])
                word = (word << BitsOfPlace) | (state.At(first + place) << 8) | marks[first + place];
            if (order == 0 || word > most)
                (best, same, most) = (order, 1, word);
            else if (word == most)
                same++;
        }
        return (best, same);
    }

    private UnitState Place(UnitState state, int group, int order)
    {
        if (order == 0)
            return state;
        int first = group * _world.PlacesOfGroup;
        UnitState placed = state;
        for (int place = 0; place < _orders[order].Length; place++)
            placed = placed.Put(first + place, state.At(first + _orders[order][place]));
        return placed with { Record = Record(state.Record, group, order) };
    }

    private int Record(int record, int group, int order)
    {
        if (record == RecordTable.None)
            return record;
        if (!_records.TryGetValue((record, group, order), out int moved))
            _records[(record, group, order)] = moved = _world.Records.Changed(record, victim => victim.Group == group ? Moved(victim, order) : victim);
        return moved;
    }

    private OperationVictim Moved(OperationVictim victim, int order)
    {
        int first = victim.Group * _world.PlacesOfGroup;
        int To(int unit) => first + Array.IndexOf(_orders[order], unit - first);
        ImmutableArray<string> uids = [.. victim.Uids.Select(uid => RecordTable.Uid(To(RecordTable.UnitOf(uid))))];
        if (victim.Role is null)
            return victim with { Uids = uids };
        int unit = To(_world.UnitOf(victim.Group, victim.Role, victim.Ordinal));
        return victim with { Uids = uids, Role = _world.RoleOf(unit), Ordinal = _world.InstanceOf(unit) };
    }

    /// <summary>What a record says of each place: for each kind of step whether it names the place, and whether its pod.</summary>
    private byte[] Marks(int record)
    {
        while (_marks.Count <= record)
            _marks.Add(null);
        return _marks[record] ??= Read(record);
    }

    private byte[] Read(int record)
    {
        byte[] marks = new byte[_world.Places];
        foreach (Operation step in _world.Records.Steps(record))
        {
            foreach (OperationVictim victim in step.Victims)
            {
                if (victim.Role is not null)
                    marks[_world.UnitOf(victim.Group, victim.Role, victim.Ordinal)] |= (byte)(1 << ((int)step.Step * BitsOfStep));
                foreach (string uid in victim.Uids)
                    marks[RecordTable.UnitOf(uid)] |= (byte)(2 << ((int)step.Step * BitsOfStep));
            }
        }
        return marks;
    }

    /// <summary>The orders that a group's places may have, the usual one first.</summary>
    private static IEnumerable<int[]> Orders(WorldSize size)
    {
        int[][] within = size.IsRoleRolling ? [[.. Enumerable.Range(0, size.Instances)]] : [.. Permutations(size.Instances)];
        foreach (int[] roles in Permutations(size.Roles))
        {
            IEnumerable<int[]> orders = [[]];
            foreach (int role in roles)
                orders = [.. orders.SelectMany(_ => within, (order, instances) => (int[])[.. order, .. instances.Select(instance => (role * size.Instances) + instance)])];
            foreach (int[] order in orders)
                yield return order;
        }
    }

    private static IEnumerable<int[]> Permutations(int count) => count == 0
        ? [[]]
        : Permutations(count - 1).SelectMany(
            static shorter => Enumerable.Range(0, shorter.Length + 1).Reverse(),
            (shorter, at) => (int[])[.. shorter[..at], count - 1, .. shorter[at..]]);
}
