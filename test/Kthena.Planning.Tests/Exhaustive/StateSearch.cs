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

    private readonly StateRules _rules = new(world);

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
            if (!IsBounded || disturbances >= world.Size.Disturbances)
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
        if (world.Size.Disturbances == WorldSize.EveryDisturbance)
            Reach(state);
        else if (!_reached.Contains(state))
            _later.Add(state);
    }

    private void Visit(UnitState state)
    {
        UnitPlan plan = world.Look(state);
        UnitState done = UnitWorld.Apply(state, plan, int.MaxValue);
        _visited.Add(state, _rules.Good(done));
        _rules.CheckState(state);
        _rules.CheckLook(state, plan);
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
                _rules.Expect(onPath.Add(state), "goes in a circle", state);
                path.Add(state);
                UnitState next = _visited[state];
                if (next == state)
                {
                    _rules.Expect(_rules.IsDone(state), "stands still", state);
                    break;
                }
                state = next;
            }
            settles.UnionWith(path);
            path.Clear();
            onPath.Clear();
        }
    }

}
