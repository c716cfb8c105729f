using System.Collections.Immutable;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// Visits every state that any order of looks, crashes and happenings leads to, and checks each. States are visited by the
/// number of disturbances that they need, so each is visited once, with all that are left.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="folds">Whether states that <see cref="StateFold"/> takes for one are visited once; else every one is visited.</param>
internal sealed class StateSearch(UnitWorld world, bool folds = true)
{
    /// <summary>Up to so many actions of one plan a crash may leave any of them undone; of more, the last ones.</summary>
    private const int ActionsInAnyOrder = 8;

    /// <summary>One look of so many is held against one at another state that is one with it.</summary>
    private const int SampleEvery = 61;

    private readonly StateCode _code = new(world.Places, hasEveryPhase: !folds);
    private readonly StateFold _fold = new(world);
    private readonly StateRules _rules = new(world);
    private readonly Random _chance = new(1);

    private readonly StateSet _reached = new();
    private readonly Stack<ulong> _open = [];

    /// <summary>Each state in which every pod runs, and where a look and good nodes lead from it, first with a status of now.</summary>
    private readonly Dictionary<ulong, ulong[]> _calm = [];
    private StateSet _later = new();
    private long _looks;

    /// <summary>Whether more disturbances would have led to further states.</summary>
    public bool IsBounded { get; private set; }

    /// <summary>How many states those that were visited stand for. Known where nothing bounds the search.</summary>
    public long Unfolded { get; private set; }

    /// <summary>How many states were visited.</summary>
    public long Run()
    {
        Reach(world.Start());
        for (int disturbances = 0; ; disturbances++)
        {
            while (_open.TryPop(out ulong state))
                Visit(_code.Unpack(state));
            StateSet next = _later;
            IsBounded = next.All().Any(state => !_reached.Contains(state));
            if (!IsBounded || disturbances >= world.Size.Disturbances)
                break;
            _later = new StateSet();
            foreach (ulong state in next.All())
                Reach(state);
        }
        CheckSettles();
        return _reached.Count;
    }

    private void Reach(UnitState state) => Reach(Code(state));

    private void Reach(ulong state)
    {
        if (_reached.Add(state))
            _open.Push(state);
    }

    private ulong Code(UnitState state) => _code.Pack(folds ? _fold.Of(state) : state);

    /// <summary>Where no number of disturbances is too large, their number does not matter.</summary>
    private void Disturb(UnitState disturbed)
    {
        ulong state = Code(disturbed);
        if (world.Size.Disturbances == WorldSize.EveryDisturbance)
            Reach(state);
        else if (!_reached.Contains(state))
            _later.Add(state);
    }

    private void Visit(UnitState state)
    {
        Unfolded += folds ? _fold.Size(state) : 1;
        _rules.CheckState(state);
        bool isCalm = true;
        for (int unit = 0; unit < world.Places; unit++)
        {
            if (!state.Exists(unit))
                continue;
            isCalm &= state.Phase(unit) == UnitPhase.Running;
            Happen(state, unit);
        }
        var next = new List<ulong>();
        foreach (int reported in world.Reports(state))
        {
            UnitPlan plan = world.Look(state, reported);
            _rules.CheckLook(state, plan);
            if (folds && _looks++ % SampleEvery == 0)
                CheckFold(state, plan, reported);
            Carry(state, plan);
            if (isCalm)
                next.Add(Code(_rules.Good(UnitWorld.Apply(state, plan))));
        }
        if (isCalm)
            _calm.Add(_code.Pack(state), [.. next]);
    }

    /// <summary>A plan, and all that a crash may leave of it: what is written to the ModelServing comes first.</summary>
    private void Carry(UnitState state, UnitPlan plan)
    {
        UnitState recorded = UnitWorld.Apply(state, plan with { Actions = [] });
        Reach(recorded);
        // To delete what is going already changes nothing, and folded, what does not run may be going.
        ImmutableArray<UnitAction> actions = plan.Actions.Length == 0
            ? plan.Actions
            : [.. plan.Actions.Where(action => !action.Deletes || (folds ? state.IsRunning(action.Unit) : state.Phase(action.Unit) != UnitPhase.Terminating))];
        if (actions.Length <= ActionsInAnyOrder)
        {
            for (uint done = 1; done < 1U << actions.Length; done++)
            {
                UnitState next = recorded;
                for (int action = 0; action < actions.Length; action++)
                    next = (done >> action & 1) != 0 ? UnitWorld.Apply(next, actions[action]) : next;
                Reach(next);
            }
            return;
        }
        foreach (UnitAction action in actions)
            Reach(recorded = UnitWorld.Apply(recorded, action));
    }

    /// <summary>What may happen to a pod: what its node is about to do, and what disturbs.</summary>
    private void Happen(UnitState state, int unit)
    {
        UnitState gone = state.Remove(unit, world.Records);
        UnitState terminating = state.Become(unit, UnitPhase.Terminating);
        switch (state.Phase(unit))
        {
            case UnitPhase.Starting when folds:
                // It may be one that is going.
                Reach(state.Become(unit, UnitPhase.Running));
                Reach(gone);
                return;
            case UnitPhase.Running when folds:
                Disturb(terminating);
                Disturb(gone);
                return;
            case UnitPhase.Terminating:
                Reach(gone);
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
                Reach(terminating);
                break;
        }
        Disturb(gone);
        Disturb(terminating);
    }

    /// <summary>A look at another state that is one with this asks for the same.</summary>
    private void CheckFold(UnitState state, UnitPlan plan, int reported)
    {
        (UnitState other, Func<UnitState, UnitState> move) = _fold.Other(state, _chance);
        UnitState found = UnitWorld.Apply(other, world.Look(other, reported));
        _rules.Expect(StateFold.Seen(found) == StateFold.Seen(move(UnitWorld.Apply(state, plan))), "not one with its fold", other);
        _rules.Expect(_fold.Of(other) == state, "folds elsewhere", other);
    }

    /// <summary>
    /// From every state, looks and good nodes alone lead to the end of the rollout. One look and good nodes lead from any state to
    /// one in which every pod runs, and that one was visited too: it is enough to go on from those, and to come back to none.
    /// </summary>
    private void CheckSettles()
    {
        var settles = new HashSet<ulong>();
        var onPath = new HashSet<ulong>();
        var path = new Stack<(ulong State, int Next)>();
        foreach (ulong start in _calm.Keys)
        {
            if (!settles.Contains(start))
                Enter(start);
            while (path.TryPop(out var at))
            {
                if (at.Next == _calm[at.State].Length)
                {
                    settles.Add(at.State);
                    onPath.Remove(at.State);
                    continue;
                }
                path.Push((at.State, at.Next + 1));
                ulong next = _calm[at.State][at.Next];
                // Who changes nothing writes the status of now.
                if (next == at.State)
                    _rules.Expect(at.Next > 0 || _rules.IsDone(_code.Unpack(next)), "stands still", _code.Unpack(next));
                else if (!settles.Contains(next))
                    Enter(next);
            }
        }

        void Enter(ulong state)
        {
            _rules.Expect(onPath.Add(state), "goes in a circle", _code.Unpack(state));
            path.Push((state, 0));
        }
    }
}
