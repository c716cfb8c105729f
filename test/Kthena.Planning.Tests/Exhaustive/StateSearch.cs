using System.Collections.Immutable;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>Visits every state that any order of looks, crashes and happenings leads to, breadth first, and checks each.</summary>
internal sealed class StateSearch(UnitWorld world)
{
    private const int RoundsMax = 80;
    private readonly HashSet<string> _settling = [];

    /// <summary>How many states there are.</summary>
    /// <param name="limit">Gives up with an error beyond so many.</param>
    public int Run(int limit = int.MaxValue)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<UnitState>();
        Visit(world.Start());
        while (open.TryDequeue(out UnitState? state))
        {
            CheckState(state);
            CheckSettles(state);
            foreach (UnitState next in Next(state))
                Visit(next);
            if (seen.Count > limit)
                throw new InvalidOperationException($"More than {limit} states.");
        }
        return seen.Count;

        void Visit(UnitState state)
        {
            if (seen.Add(state.Key))
                open.Enqueue(state);
        }
    }

    private IEnumerable<UnitState> Next(UnitState state)
    {
        UnitState all = world.Look(state, int.MaxValue, out ImmutableArray<int> deleted);
        CheckLook(state, all, deleted);
        yield return all;
        yield return world.Look(state, 0, out _);
        yield return world.Look(state, 1, out _);
        for (int unit = 0; unit < world.Places; unit++)
        {
            if (!state.Exists(unit))
                continue;
            UnitPhase phase = state.Phase(unit);
            if (phase == UnitPhase.Starting)
                yield return state.Become(unit, UnitPhase.Running);
            if (phase == UnitPhase.Terminating)
                yield return state.Remove(unit);
            if (state.Disturbances == 0 || phase == UnitPhase.Terminating)
                continue;
            yield return state.Remove(unit, disturbs: true);
            yield return state.Become(unit, UnitPhase.Terminating, disturbs: true);
            if (phase == UnitPhase.Running)
                yield return state.Become(unit, UnitPhase.Starting, disturbs: true);
        }
    }

    private void CheckState(UnitState state)
    {
        int[] groups = [.. Enumerable.Range(0, world.Size.Groups + world.Size.MaxSurge).Where(group => world.Members(group).Any(state.Exists))];
        Expect(groups.Length <= world.Size.Groups + world.Size.MaxSurge, "more groups than scale and surge", state);
        if (world.Size.IsRoleRolling)
            return;
        foreach (int group in groups)
        {
            int revisions = world.Members(group)
                .Where(unit => state.Exists(unit) && state.Phase(unit) != UnitPhase.Terminating)
                .Select(state.IsUpdated).Distinct().Count();
            Expect(revisions <= 1, "a group of mixed revisions", state);
        }
    }

    private void CheckLook(UnitState before, UnitState after, ImmutableArray<int> deleted)
    {
        var recorded = world.Recorded(before.Operations).SelectMany(static step => step.Victims).SelectMany(static victim => victim.Uids).ToHashSet();
        Expect(deleted.All(unit => recorded.Contains(before.Uid(unit))), "deleted without a record", before);
        if (before.Operations == after.Operations)
            return;
        int[] known = Victims(before.Operations);
        int[] chosen = [.. Victims(after.Operations).Except(known)];
        if (chosen.Length == 0)
            return;
        if (world.Size.IsRoleRolling)
        {
            foreach (var role in chosen.GroupBy(unit => unit / world.Size.Instances))
                CheckBudget(before, [.. Enumerable.Range(role.Key * world.Size.Instances, world.Size.Instances)], [.. role], known, world.Size.Instances);
            return;
        }
        int[] leaving = [.. chosen.Select(world.GroupOf).Distinct()];
        int running = RunningGroups(before, [.. known.Select(world.GroupOf)]);
        int left = RunningGroups(before, [.. known.Concat(chosen).Select(world.GroupOf)]);
        Expect(left == running || left >= world.Size.Groups - world.Size.MaxUnavailable, "below the budget", before);
        int[] protects = [.. Enumerable.Range(0, world.Size.Groups + world.Size.MaxSurge)
            .Where(group => world.Members(group).Any(before.Exists)).Take(world.Size.Partition)];
        Expect(!leaving.Any(protects.Contains), "a protected group", before);
    }

    private void CheckBudget(UnitState state, int[] units, int[] chosen, int[] known, int wanted)
    {
        int running = units.Count(unit => state.Exists(unit) && state.Phase(unit) == UnitPhase.Running && !known.Contains(unit));
        int left = units.Count(unit => state.Exists(unit) && state.Phase(unit) == UnitPhase.Running && !known.Contains(unit) && !chosen.Contains(unit));
        Expect(left == running || left >= wanted - world.Size.MaxUnavailable, "below the role's budget", state);
        int[] protects = [.. units.Where(unit => state.Exists(unit) && !known.Contains(unit)).Take(world.Size.Partition)];
        Expect(!chosen.Any(protects.Contains), "a protected role instance", state);
    }

    /// <summary>From every state, looks and good nodes alone lead to the end of the rollout.</summary>
    private void CheckSettles(UnitState start)
    {
        var path = new List<string>();
        UnitState state = start;
        for (int round = 0; round < RoundsMax; round++)
        {
            if (!_settling.Add(state.Key))
            {
                // Another path came by here: either it was led to the end, or this one goes in a circle.
                Expect(!path.Contains(state.Key) || IsDone(state), "goes in a circle", start);
                return;
            }
            path.Add(state.Key);
            UnitState next = Good(world.Look(state, int.MaxValue, out _));
            if (next.Key == state.Key)
            {
                Expect(IsDone(state), $"stands still at {state.Key}", start);
                return;
            }
            state = next;
        }
        Expect(false, "does not come to an end", start);
    }

    private UnitState Good(UnitState state)
    {
        for (int unit = 0; unit < world.Places; unit++)
        {
            if (state.Exists(unit))
                state = state.Phase(unit) == UnitPhase.Terminating ? state.Remove(unit) : state.Become(unit, UnitPhase.Running);
        }
        return state;
    }

    private bool IsDone(UnitState state) => state.Operations.Length == 0 && Enumerable.Range(0, world.Places).All(unit =>
    {
        bool isKept = (world.Size.IsRoleRolling ? world.InstanceOf(unit) : world.GroupOf(unit)) < world.Size.Partition;
        return world.GroupOf(unit) >= world.Size.Groups
            ? !state.Exists(unit)
            : state.Exists(unit) && state.Phase(unit) == UnitPhase.Running && state.IsUpdated(unit) != isKept;
    });

    private int RunningGroups(UnitState state, int[] without) => Enumerable.Range(0, world.Size.Groups + world.Size.MaxSurge).Count(group =>
        !without.Contains(group) && world.Members(group).All(unit => state.Exists(unit) && state.Phase(unit) == UnitPhase.Running));

    /// <summary>The places that rollout steps take.</summary>
    private int[] Victims(string operations) =>
    [
        .. world.Recorded(operations)
            .Where(static step => step.Step is OperationStep.RollingUpdate or OperationStep.RoleRollingUpdate)
            .SelectMany(static step => step.Victims)
            .SelectMany(victim => victim.Role is null
                ? world.Members(victim.Group)
                : world.Members(victim.Group).Where(unit => $"r{world.RoleOf(unit)}" == victim.Role && world.InstanceOf(unit) == victim.Ordinal)),
    ];

    private void Expect(bool holds, string problem, UnitState state)
    {
        if (!holds)
            throw new StateException($"{problem}: {world.Size}, state {state.Key}");
    }
}

/// <summary>A state that must not be.</summary>
internal sealed class StateException(string message) : Exception(message);
