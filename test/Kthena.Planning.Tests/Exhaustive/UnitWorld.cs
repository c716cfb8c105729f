using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>The numbers of one small world.</summary>
internal sealed record WorldSize(int Groups, int Roles, int Instances, int Partition, int MaxUnavailable, int MaxSurge)
{
    /// <summary>No bound: every order of failures.</summary>
    public const int EveryDisturbance = int.MaxValue;

    public bool IsRoleRolling { get; init; }

    /// <summary>Under role rollouts: the budget over all groups; 0 for none.</summary>
    public int GroupsMaxUnavailable { get; init; }

    /// <summary>Pods may fail, vanish and lose readiness so many times on one path.</summary>
    public int Disturbances { get; init; } = EveryDisturbance;

    /// <summary>
    /// Whether the status may say of any earlier moment how many groups there were, of one with all that may be there at the most.
    /// Else it says that there were none.
    /// </summary>
    public bool HasOldStatus { get; init; }

    /// <summary>The world in a few words.</summary>
    public override string ToString() =>
        $"{Groups} x {Roles} x {Instances}, partition {Partition}, unavailable {MaxUnavailable}, surge {MaxSurge}{(IsRoleRolling ? $", by role, groups {GroupsMaxUnavailable}" : "")}{(HasOldStatus ? ", any old status" : "")}, disturbances {(Disturbances == EveryDisturbance ? "every" : Disturbances)}";
}

/// <summary>What one look asks for.</summary>
/// <param name="Record">The recorded steps after it.</param>
/// <param name="IsCurrentUpdate">What the status says after it.</param>
/// <param name="Actions">What is done to places, in order.</param>
internal sealed record UnitPlan(int Record, bool IsCurrentUpdate, ImmutableArray<UnitAction> Actions);

/// <summary>One action.</summary>
/// <param name="Unit">The place.</param>
/// <param name="Deletes">Whether its pod is deleted; else one is created.</param>
/// <param name="IsUpdated">The revision of what is created.</param>
internal readonly record struct UnitAction(int Unit, bool Deletes, bool IsUpdated);

/// <summary>A rollout from one revision to the next in a world so small that every state can be visited.</summary>
internal sealed class UnitWorld
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Func<ServingObservation, ServingPlan> _plan;
    private readonly ModelServing _serving;
    private readonly RevisionSet _revisions;
    private readonly string _old;
    private readonly RoleSummary?[,] _summaries;
    private readonly Dictionary<(int Group, ulong Bits), (GroupChild Child, ImmutableArray<RoleChild> Roles)> _groups = [];
    private readonly Dictionary<(int Record, bool IsCurrentUpdate, int Reported), ModelServing> _servings = [];

    public UnitWorld(WorldSize size, Func<ServingObservation, ServingPlan>? plan = null)
    {
        Size = size;
        if (Places > UnitState.PlacesMax)
            throw new ArgumentException($"{size} has {Places} places.", nameof(size));
        _plan = plan ?? (static observed => ModelServingPlanner.Plan(observed, Now));
        ModelServing before = Parse(size, "engine:1");
        _serving = Parse(size, "engine:2");
        ControllerRevision[] stored = [Stored(RevisionSet.Build(before, []), before), Stored(RevisionSet.Build(_serving, []), _serving)];
        _revisions = RevisionSet.Build(_serving, [.. stored]);
        _old = stored[0].Metadata.Labels[ServingLabels.Revision]!;
        _summaries = new RoleSummary?[Places, 16];
    }

    public WorldSize Size { get; }

    public RecordTable Records { get; } = new();

    public int GroupPlaces => Size.Groups + Size.MaxSurge;

    public int PlacesOfGroup => Size.Roles * Size.Instances;

    public int Places => GroupPlaces * PlacesOfGroup;

    /// <summary>Everything runs at the old revision and the spec wants the new one.</summary>
    public UnitState Start()
    {
        var state = new UnitState(0, RecordTable.None, IsCurrentUpdate: false);
        for (int unit = 0; unit < Size.Groups * PlacesOfGroup; unit++)
            state = state.Create(unit, isUpdated: false).Become(unit, UnitPhase.Running);
        return state;
    }

    public int GroupOf(int unit) => unit / PlacesOfGroup;

    public int InstanceOf(int unit) => unit % Size.Instances;

    public Range Members(int group) => (group * PlacesOfGroup)..((group + 1) * PlacesOfGroup);

    public string RoleOf(int unit) => $"r{unit / Size.Instances % Size.Roles}";

    public int UnitOf(int group, string role, int instance) =>
        (((group * Size.Roles) + int.Parse(role.AsSpan(1), CultureInfo.InvariantCulture)) * Size.Instances) + instance;

    public bool Exists(UnitState state, int group) => (BitsOf(state, group) & 0x1111_1111_1111_1111UL) != 0;

    /// <summary>How many groups the status may say that there were, first how many there are.</summary>
    public IEnumerable<int> Reports(UnitState state)
    {
        if (!Size.HasOldStatus)
            return [0];
        int count = 0;
        for (int group = 0; group < GroupPlaces; group++)
            count += Exists(state, group) ? 1 : 0;
        return Enumerable.Range(count, GroupPlaces - count + 1);
    }

    /// <summary>One look of the planners.</summary>
    /// <param name="state">What they see.</param>
    /// <param name="reported">How many groups the status says that there were.</param>
    public UnitPlan Look(UnitState state, int reported = 0)
    {
        ServingPlan plan = _plan(Observe(state, reported));
        int record = state.Record;
        bool isCurrentUpdate = state.IsCurrentUpdate;
        foreach (PatchObject patch in plan.Writes.OfType<PatchObject>())
        {
            if (patch.Subresource is null)
                record = Records.Read((string?)JsonNode.Parse(patch.Patch.Utf8.Span)!["metadata"]!["annotations"]![ServingLabels.Operations] ?? "");
            else
                isCurrentUpdate = CurrentRevision(patch.Patch.Utf8.Span) == _revisions.Update;
        }
        var actions = ImmutableArray.CreateBuilder<UnitAction>();
        foreach (GroupOrder order in plan.Orders)
        {
            GroupPlan group = ServingGroupPlanner.Plan(order.Ordinal, order.Assignment, Group(state, order.Ordinal).Roles);
            foreach (RoleOrder told in group.Orders)
            {
                int unit = UnitOf(order.Ordinal, told.Role, told.Ordinal);
                bool exists = state.Exists(unit);
                if (told.Assignment.IsDeleting
                    && exists
                    && told.Assignment.VictimUids.Contains(RecordTable.Uid(unit)))
                {
                    actions.Add(new UnitAction(unit, Deletes: true, IsUpdated: false));
                }
                else if (!told.Assignment.IsDeleting && !exists)
                {
                    actions.Add(new UnitAction(unit, Deletes: false, told.Assignment.Revision == _revisions.Update));
                }
            }
        }
        return new UnitPlan(record, isCurrentUpdate, actions.ToImmutable());
    }

    /// <summary>A whole plan; what is written to the ModelServing comes first.</summary>
    public static UnitState Apply(UnitState state, UnitPlan plan)
    {
        state = state with { Record = plan.Record, IsCurrentUpdate = plan.IsCurrentUpdate };
        foreach (UnitAction action in plan.Actions)
            state = Apply(state, action);
        return state;
    }

    /// <summary>One action. What is going already goes on doing so.</summary>
    public static UnitState Apply(UnitState state, UnitAction action) =>
        action.Deletes ? state.Become(action.Unit, UnitPhase.Terminating) : state.Create(action.Unit, action.IsUpdated);

    /// <summary>Read without the rest of the status: this is done millions of times.</summary>
    private static string? CurrentRevision(ReadOnlySpan<byte> patch)
    {
        var json = new Utf8JsonReader(patch);
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 2 && json.ValueTextEquals("currentRevision"u8))
                return json.Read() ? json.GetString() : null;
        }
        return null;
    }

    private ulong BitsOf(UnitState state, int group)
    {
        int shift = group * PlacesOfGroup * 4;
        ulong mask = PlacesOfGroup == UnitState.PlacesMax ? ulong.MaxValue : (1UL << (PlacesOfGroup * 4)) - 1;
        return (state.Units >> shift) & mask;
    }

    private ServingObservation Observe(UnitState state, int reported)
    {
        if (!_servings.TryGetValue((state.Record, state.IsCurrentUpdate, reported), out ModelServing? serving))
        {
            string text = Records.Text(state.Record);
            _servings[(state.Record, state.IsCurrentUpdate, reported)] = serving = _serving with
            {
                Metadata = _serving.Metadata with { Annotations = text.Length == 0 ? LabelSet.Empty : LabelSet.Of((ServingLabels.Operations, text)) },
                Status = _serving.Status with
                {
                    CurrentRevision = state.IsCurrentUpdate ? _revisions.Update : _old,
                    UpdateRevision = _revisions.Update,
                    Replicas = reported,
                },
            };
        }
        var groups = new List<GroupChild>(GroupPlaces);
        for (int group = 0; group < GroupPlaces; group++)
        {
            if (Exists(state, group))
                groups.Add(Group(state, group).Child);
        }
        return new ServingObservation(serving, _revisions, groups);
    }

    private (GroupChild Child, ImmutableArray<RoleChild> Roles) Group(UnitState state, int group)
    {
        if (!_groups.TryGetValue((group, BitsOf(state, group)), out var known))
        {
            ImmutableArray<RoleSummary> summaries = [.. Enumerable.Range(0, Places).Take(Members(group)).Where(state.Exists).Select(unit => Summary(state, unit))];
            known = (new GroupChild(new GroupSummary(group, summaries), null), [.. summaries.Select(static summary => new RoleChild(summary, null))]);
            _groups[(group, BitsOf(state, group))] = known;
        }
        return known;
    }

    private RoleSummary Summary(UnitState state, int unit) => _summaries[unit, state.At(unit)] ??= new RoleSummary(
        RoleOf(unit),
        InstanceOf(unit),
        state.Phase(unit) switch
        {
            UnitPhase.Running => RolePhase.Running,
            UnitPhase.Terminating => RolePhase.Terminating,
            UnitPhase.Failed => RolePhase.Failed,
            _ => RolePhase.Starting,
        })
    {
        Revision = state.IsUpdated(unit) ? _revisions.Update : _old,
        PodUids = [RecordTable.Uid(unit)],
    };

    private static ModelServing Parse(WorldSize size, string image)
    {
        string groups = size.GroupsMaxUnavailable > 0 ? $", \"groupsMaxUnavailable\": {size.GroupsMaxUnavailable}" : "";
        string pace = size.IsRoleRolling
            ? $"\"type\": \"RoleRollingUpdate\"{groups}"
            : $"\"rollingUpdateConfiguration\": {{ \"maxUnavailable\": {size.MaxUnavailable}, \"maxSurge\": {size.MaxSurge}, \"partition\": {size.Partition} }}";
        string limits = size.IsRoleRolling ? $"\"maxUnavailable\": {size.MaxUnavailable}, \"partition\": {size.Partition}," : "";
        IEnumerable<string> roles = Enumerable.Range(0, size.Roles).Select(role =>
            $"{{ \"name\": \"r{role}\", \"replicas\": {size.Instances}, {limits} \"entryTemplate\": {{ \"spec\": {{ \"x\": \"{image}\" }} }} }}");
        using JsonDocument json = JsonDocument.Parse($$"""
            { "metadata": { "name": "ms", "namespace": "ns", "uid": "ms", "resourceVersion": "1" },
              "spec": { "replicas": {{size.Groups}}, "rolloutStrategy": { {{pace}} }, "template": { "roles": [ {{string.Join(',', roles)}} ] } } }
            """);
        return ModelServing.Parse(json.RootElement);
    }

    private static ControllerRevision Stored(RevisionSet revisions, ModelServing serving)
    {
        using JsonDocument json = JsonDocument.Parse(revisions.Store(serving).Body.Utf8);
        return ControllerRevision.Parse(json.RootElement);
    }
}
