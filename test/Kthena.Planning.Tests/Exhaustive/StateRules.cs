using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>What must hold in every state of the small world and of every look at it.</summary>
internal sealed class StateRules(UnitWorld world)
{
    private WorldSize Size => world.Size;

    /// <summary>Whether looks that are long out of date may still be carried out; then a group may be of two revisions for a while.</summary>
    public bool HasLateLooks { get; init; }

    /// <summary>What a state must be.</summary>
    public void CheckState(UnitState state)
    {
        int groups = 0;
        for (int group = 0; group < world.GroupPlaces; group++)
        {
            if (!world.Exists(state, group))
                continue;
            groups++;
            if (!Size.IsRoleRolling && !HasLateLooks)
                Expect(!IsMixed(state, group), "a group of mixed revisions", state);
        }
        Expect(groups <= Size.Groups + Size.MaxSurge, "more groups than scale and surge", state);
    }

    private bool IsMixed(UnitState state, int group)
    {
        bool hasOld = false, hasNew = false;
        for (int unit = group * world.PlacesOfGroup; unit < (group + 1) * world.PlacesOfGroup; unit++)
        {
            bool counts = state.Exists(unit) && state.Phase(unit) != UnitPhase.Terminating;
            hasOld |= counts && !state.IsUpdated(unit);
            hasNew |= counts && state.IsUpdated(unit);
        }
        return hasOld && hasNew;
    }

    /// <summary>What a look at a state may ask for.</summary>
    public void CheckLook(UnitState before, UnitPlan plan)
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

    /// <summary>Nodes do all that is asked of them.</summary>
    public UnitState Good(UnitState state)
    {
        for (int unit = 0; unit < world.Places; unit++)
        {
            if (state.Exists(unit))
                state = state.Phase(unit) is UnitPhase.Terminating or UnitPhase.Failed ? state.Remove(unit, world.Records) : state.Become(unit, UnitPhase.Running);
        }
        return state;
    }

    /// <summary>Whether the rollout is at its end.</summary>
    public bool IsDone(UnitState state) => state.Record == RecordTable.None && Enumerable.Range(0, world.Places).All(unit =>
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

    public void Expect(bool holds, string problem, UnitState state)
    {
        if (!holds)
            throw new StateException($"{problem}: {Size}, state {state.Describe(world.Places, world.Records)}");
    }
}

/// <summary>A state that must not be.</summary>
internal sealed class StateException(string message) : Exception(message);
