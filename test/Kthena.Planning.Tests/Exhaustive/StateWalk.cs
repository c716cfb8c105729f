namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// Walks by chance through worlds that are too large to be visited whole. Two activations look: the second may plan on what it
/// saw long ago and act on it when everything has moved on, as far as preconditions let it.
/// </summary>
internal sealed class StateWalk
{
    private const int StepsMax = 30;
    private const int RoundsMax = 120;

    private readonly UnitWorld _world;
    private readonly StateRules _rules;
    private readonly Dictionary<UnitState, UnitPlan> _plans = [];
    private readonly HashSet<UnitState> _settles = [];
    private UnitState _state;
    private int _version;
    private int[] _births = [];
    private (UnitState Seen, UnitPlan Plan, int Version, int[] Births)? _late;

    public StateWalk(UnitWorld world)
    {
        _world = world;
        _rules = new StateRules(world) { HasLateLooks = true };
    }

    /// <summary>How many plans of out-of-date looks were carried out.</summary>
    public int LateLooks { get; private set; }

    /// <summary>How many of those the API server refused because the ModelServing had changed.</summary>
    public int Conflicts { get; private set; }

    /// <summary>How many times something disturbed a pod.</summary>
    public int Disturbances { get; private set; }

    /// <summary>How many plans ended half-way.</summary>
    public int Crashes { get; private set; }

    /// <summary>One walk, and from its end to rest.</summary>
    public void Run(Random chance)
    {
        (_state, _version, _late) = (_world.Start(), 0, null);
        _births = new int[_world.Places];
        for (int step = 0; step < StepsMax; step++)
        {
            Move(chance);
            _rules.CheckState(_state);
        }
        Settle();
    }

    private UnitPlan Plan(UnitState state)
    {
        if (!_plans.TryGetValue(state, out UnitPlan? plan))
        {
            _plans[state] = plan = _world.Look(state);
            _rules.CheckLook(state, plan);
        }
        return plan;
    }

    private void Move(Random chance)
    {
        switch (chance.Next(8))
        {
            case 0:
                _late ??= (_state, Plan(_state), _version, [.. _births]);
                break;
            case 1 when _late is { } late:
                LateLooks++;
                Carry(late.Seen, late.Plan, late.Version, late.Births, chance);
                _late = null;
                break;
            case 2 or 3:
                Carry(_state, Plan(_state), _version, _births, chance);
                break;
            default:
                Happen(chance.Next(_world.Places), chance);
                break;
        }
    }

    /// <summary>Carries a plan out, as far as a crash lets it and its preconditions hold.</summary>
    private void Carry(UnitState seen, UnitPlan plan, int version, int[] births, Random chance)
    {
        bool writes = plan.Record != seen.Record || plan.IsCurrentUpdate != seen.IsCurrentUpdate;
        if (writes && version != _version)
        {
            Conflicts++;
            return;
        }
        if (writes)
            Become(_state with { Record = plan.Record, IsCurrentUpdate = plan.IsCurrentUpdate });
        int actions = chance.Next(4) == 0 ? chance.Next(plan.Actions.Length + 1) : plan.Actions.Length;
        Crashes += actions < plan.Actions.Length ? 1 : 0;
        foreach (UnitAction action in plan.Actions.AsSpan()[..actions])
        {
            bool isSame = births[action.Unit] == _births[action.Unit];
            if (action.Deletes && isSame && _state.Exists(action.Unit))
            {
                Become(_state.Become(action.Unit, UnitPhase.Terminating));
            }
            else if (!action.Deletes && !_state.Exists(action.Unit))
            {
                _births = [.. _births];
                _births[action.Unit]++;
                Become(_state.Create(action.Unit, action.IsUpdated));
            }
        }
    }

    private void Happen(int unit, Random chance)
    {
        if (!_state.Exists(unit))
            return;
        bool disturbs = chance.Next(3) == 0;
        Disturbances += disturbs ? 1 : 0;
        Become((_state.Phase(unit), disturbs) switch
        {
            (UnitPhase.Terminating, _) => _state.Remove(unit, _world.Records),
            (UnitPhase.Failed, false) => _state.Become(unit, UnitPhase.Terminating),
            (UnitPhase.Starting, false) => _state.Become(unit, UnitPhase.Running),
            (_, false) => _state,
            (UnitPhase.Running, true) when chance.Next(2) == 0 => _state.Become(unit, UnitPhase.Starting),
            _ => chance.Next(3) switch
            {
                0 => _state.Become(unit, UnitPhase.Failed),
                1 => _state.Become(unit, UnitPhase.Terminating),
                _ => _state.Remove(unit, _world.Records),
            },
        });
    }

    private void Become(UnitState next)
    {
        if (next.Record != _state.Record || next.IsCurrentUpdate != _state.IsCurrentUpdate)
            _version++;
        _state = next;
    }

    private void Settle()
    {
        var path = new List<UnitState>();
        UnitState state = _state;
        while (!_settles.Contains(state))
        {
            _rules.Expect(path.Count < RoundsMax, "does not come to rest", _state);
            path.Add(state);
            UnitState next = _rules.Good(UnitWorld.Apply(state, Plan(state)));
            if (next == state)
            {
                _rules.Expect(_rules.IsDone(state), "stands still", state);
                break;
            }
            state = next;
        }
        _settles.UnionWith(path);
    }
}
