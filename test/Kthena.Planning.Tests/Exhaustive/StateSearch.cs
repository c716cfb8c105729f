using System.Collections.Immutable;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// Visits every state that any order of looks, crashes and happenings leads to, and checks each. States are visited by the
/// number of disturbances that they need, so each is visited once, with all that are left.
/// </summary>
internal sealed class StateSearch(UnitWorld world)
{
    /// <summary>Each state that was visited, and where a look and good nodes lead from it.</summary>
    private readonly Dictionary<UnitState, UnitState> _visited = [];
    private readonly Queue<UnitState> _open = [];
    private readonly HashSet<UnitState> _reached = [];
    private HashSet<UnitState> _later = [];

    private WorldSize Size => world.Size;

    /// <summary>Whether more disturbances would have led to further states.</summary>
    public bool IsBounded { get; private set; }

    /// <summary>How many states there are.</summary>
    public int Run()
    {
        Reach(world.Start());
        for (int disturbances = 0; ; disturbances++)
        {
            while (_open.TryDequeue(out UnitState state))
                Visit(state);
            HashSet<UnitState> next = _later;
            IsBounded = next.Any(state => !_reached.Contains(state));
            if (!IsBounded || disturbances >= Size.Disturbances)
                break;
            _later = [];
            foreach (UnitState state in next)
                Reach(state);
        }
        CheckSettles();
        return _visited.Count;
    }

    private void Reach(UnitState state)
    {
        if (_reached.Add(state))
            _open.Enqueue(state);
    }

    /// <summary>Where no number of disturbances is too large, their number does not matter.</summary>
    private void Disturb(UnitState state)
    {
        if (Size.Disturbances == WorldSize.EveryDisturbance)
            Reach(state);
        else if (!_reached.Contains(state))
            _later.Add(state);
    }

    private void Visit(UnitState state)
    {
        UnitPlan plan = world.Look(state);
        UnitState done = UnitWorld.Apply(state, plan, int.MaxValue);
        _visited.Add(state, Good(done));
        CheckState(state);
        CheckLook(state, plan);
        for (int actions = 0; actions <= plan.Actions.Length; actions++)
            Reach(UnitWorld.Apply(state, plan, actions));
        for (int unit = 0; unit < world.Places; unit++)
        {
            if (state.Exists(unit))
                Happen(state, unit);
        }
    }

    /// <summary>What may happen to a pod: what its node is about to do, and what disturbs.</summary>
    private void Happen(UnitState state, int unit)
    {
        switch (state.Phase(unit))
        {
            case UnitPhase.Terminating:
                Reach(state.Remove(unit, world.Records));
                return;
            case UnitPhase.Starting:
                Reach(state.Become(unit, UnitPhase.Running));
                Disturb(state.Become(unit, UnitPhase.Failed));
                break;
            case UnitPhase.Running:
                Disturb(state.Become(unit, UnitPhase.Starting));
                Disturb(state.Become(unit, UnitPhase.Failed));
                break;
            case UnitPhase.Failed:
                // Its role rebuilds it, whoever else wants what.
                Reach(state.Become(unit, UnitPhase.Terminating));
                break;
        }
        Disturb(state.Remove(unit, world.Records));
        Disturb(state.Become(unit, UnitPhase.Terminating));
    }

    private void CheckState(UnitState state)
    {
        int groups = 0;
        for (int group = 0; group < world.GroupPlaces; group++)
        {
            if (!world.Exists(state, group))
                continue;
            groups++;
            if (!Size.IsRoleRolling)
                Expect(!IsMixed(state, group), "a group of mixed revisions", state);
        }
        Expect(groups <= Size.Groups + Size.MaxSurge, "more groups than scale and surge", state);
    }

    private bool IsMixed(UnitState state, int group)
    {
        bool hasOld = false, hasNew = false;
        foreach (int unit in Members(group))
        {
            bool counts = state.Exists(unit) && state.Phase(unit) != UnitPhase.Terminating;
            hasOld |= counts && !state.IsUpdated(unit);
            hasNew |= counts && state.IsUpdated(unit);
        }
        return hasOld && hasNew;
    }

    private void CheckLook(UnitState before, UnitPlan plan)
    {
        if (plan.Actions.Any(static action => action.Deletes))
        {
            var recorded = world.Records.Steps(before.Record).SelectMany(static step => step.Victims).SelectMany(static victim => victim.Uids).ToHashSet();
            Expect(plan.Actions.All(action => !action.Deletes || recorded.Contains(RecordTable.Uid(action.Unit))), "deleted without a record", before);
        }
        if (before.Record == plan.Record)
            return;
        int[] known = Victims(before.Record);
        int[] chosen = [.. Victims(plan.Record).Except(known)];
        if (chosen.Length == 0)
            return;
        if (Size.IsRoleRolling)
        {
            foreach (IGrouping<int, int> role in chosen.GroupBy(unit => unit / Size.Instances))
                CheckBudget(before, [.. Enumerable.Range(role.Key * Size.Instances, Size.Instances)], [.. role], known);
            CheckGroupsBudget(before, known, chosen);
            return;
        }
        int[] leaving = [.. chosen.Select(world.GroupOf).Distinct()];
        int running = RunningGroups(before, [.. known.Select(world.GroupOf)]);
        int left = RunningGroups(before, [.. known.Concat(chosen).Select(world.GroupOf)]);
        Expect(left == running || left >= Size.Groups - Size.MaxUnavailable, "below the budget", before);
        int[] protects = [.. Enumerable.Range(0, world.GroupPlaces).Where(group => world.Exists(before, group)).Take(Size.Partition)];
        Expect(!leaving.Any(protects.Contains), "a protected group", before);
    }

    private void CheckBudget(UnitState state, int[] units, int[] chosen, int[] known)
    {
        int running = units.Count(unit => state.IsRunning(unit) && !known.Contains(unit));
        int left = units.Count(unit => state.IsRunning(unit) && !known.Contains(unit) && !chosen.Contains(unit));
        Expect(left == running || left >= Size.Instances - Size.MaxUnavailable, "below the role's budget", state);
        int[] protects = [.. units.Where(unit => state.Exists(unit) && !known.Contains(unit)).Take(Size.Partition)];
        Expect(!chosen.Any(protects.Contains), "a protected role instance", state);
    }

    /// <summary>A group that runs is let in only while enough others do.</summary>
    private void CheckGroupsBudget(UnitState state, int[] known, int[] chosen)
    {
        if (Size.GroupsMaxUnavailable == 0)
            return;
        int running = RunningGroups(state, [.. known.Select(world.GroupOf)]);
        int left = RunningGroups(state, [.. known.Concat(chosen).Select(world.GroupOf)]);
        Expect(left == running || left >= Size.Groups - Size.GroupsMaxUnavailable, "below the budget over groups", state);
    }

    /// <summary>From every state, looks and good nodes alone lead to the end of the rollout.</summary>
    private void CheckSettles()
    {
        var settles = new HashSet<UnitState>();
        var path = new List<UnitState>();
        var onPath = new HashSet<UnitState>();
        foreach (UnitState start in _visited.Keys)
        {
            UnitState state = start;
            while (!settles.Contains(state))
            {
                Expect(onPath.Add(state), "goes in a circle", state);
                path.Add(state);
                UnitState next = _visited[state];
                if (next == state)
                {
                    Expect(IsDone(state), "stands still", state);
                    break;
                }
                state = next;
            }
            settles.UnionWith(path);
            path.Clear();
            onPath.Clear();
        }
    }

    private UnitState Good(UnitState state)
    {
        for (int unit = 0; unit < world.Places; unit++)
        {
            if (state.Exists(unit))
                state = state.Phase(unit) is UnitPhase.Terminating or UnitPhase.Failed ? state.Remove(unit, world.Records) : state.Become(unit, UnitPhase.Running);
        }
        return state;
    }

    private bool IsDone(UnitState state) => state.Record == RecordTable.None && Enumerable.Range(0, world.Places).All(unit =>
    {
        bool isKept = (Size.IsRoleRolling ? world.InstanceOf(unit) : world.GroupOf(unit)) < Size.Partition;
        return world.GroupOf(unit) >= Size.Groups ? !state.Exists(unit) : state.IsRunning(unit) && state.IsUpdated(unit) != isKept;
    });

    private IEnumerable<int> Members(int group) => Enumerable.Range(group * world.PlacesOfGroup, world.PlacesOfGroup);

    private int RunningGroups(UnitState state, int[] without) => Enumerable.Range(0, world.GroupPlaces)
        .Count(group => !without.Contains(group) && Members(group).All(state.IsRunning));

    /// <summary>The places that rollout steps take.</summary>
    private int[] Victims(int record) =>
    [
        .. world.Records.Steps(record)
            .Where(static step => step.Step is OperationStep.RollingUpdate or OperationStep.RoleRollingUpdate)
            .SelectMany(static step => step.Victims)
            .SelectMany(victim => victim.Role is null ? Members(victim.Group) : [world.UnitOf(victim.Group, victim.Role, victim.Ordinal)]),
    ];

    private void Expect(bool holds, string problem, UnitState state)
    {
        if (!holds)
            throw new StateException($"{problem}: {Size}, state {state.Describe(world.Places, world.Records)}");
    }
}

/// <summary>A state that must not be.</summary>
internal sealed class StateException(string message) : Exception(message);
