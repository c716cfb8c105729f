using System.Collections.Immutable;
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
    public bool IsRoleRolling { get; init; }

    /// <summary>Pods may fail, vanish and lose readiness so many times on one path.</summary>
    public int Disturbances { get; init; } = 2;
}

/// <summary>A rollout from one revision to the next in a world so small that every state can be visited.</summary>
internal sealed class UnitWorld
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Func<ServingObservation, ServingPlan> _plan;
    private readonly ModelServing _serving;
    private readonly RevisionSet _revisions;
    private readonly string _old;

    public UnitWorld(WorldSize size, Func<ServingObservation, ServingPlan>? plan = null)
    {
        Size = size;
        _plan = plan ?? (static observed => ModelServingPlanner.Plan(observed, Now));
        ModelServing before = Parse(size, "engine:1");
        _serving = Parse(size, "engine:2");
        ControllerRevision[] stored = [Stored(RevisionSet.Build(before, []), before), Stored(RevisionSet.Build(_serving, []), _serving)];
        _revisions = RevisionSet.Build(_serving, [.. stored]);
        _old = stored[0].Metadata.Labels[ServingLabels.Revision]!;
    }

    public WorldSize Size { get; }

    public int Places => (Size.Groups + Size.MaxSurge) * Size.Roles * Size.Instances;

    /// <summary>Everything runs at the old revision and the spec wants the new one.</summary>
    public UnitState Start()
    {
        var state = new UnitState(new byte[Places], "", isCurrentUpdate: false, Size.Disturbances);
        for (int unit = 0; unit < Size.Groups * Size.Roles * Size.Instances; unit++)
            state = state.Create(unit, isUpdated: false).Become(unit, UnitPhase.Running);
        return state;
    }

    public int GroupOf(int unit) => unit / (Size.Roles * Size.Instances);

    public int RoleOf(int unit) => unit / Size.Instances % Size.Roles;

    public int InstanceOf(int unit) => unit % Size.Instances;

    public IEnumerable<int> Members(int group) => Enumerable.Range(group * Size.Roles * Size.Instances, Size.Roles * Size.Instances);

    public ImmutableArray<Operation> Recorded(string operations) =>
        operations.Length == 0 ? [] : OperationsAnnotation.Read(LabelSet.Of((ServingLabels.Operations, operations)));

    /// <summary>One look of the planners and as many of its actions as come about before a crash.</summary>
    public UnitState Look(UnitState state, int actions, out ImmutableArray<int> deleted)
    {
        ServingPlan plan = _plan(Observe(state));
        UnitState next = state;
        foreach (PatchObject patch in plan.Writes.OfType<PatchObject>())
        {
            JsonNode json = JsonNode.Parse(patch.Patch.Utf8.Span)!;
            next = patch.Subresource is null
                ? next.With(operations: (string?)json["metadata"]!["annotations"]![ServingLabels.Operations] ?? "")
                : next.With(isCurrentUpdate: (string?)json["status"]!["currentRevision"] == _revisions.Update);
        }
        var gone = ImmutableArray.CreateBuilder<int>();
        foreach (GroupOrder order in plan.Orders)
        {
            GroupPlan group = ServingGroupPlanner.Plan(
                order.Ordinal, order.Assignment, Members(order.Ordinal).Where(state.Exists).Select(unit => new RoleChild(Summary(state, unit), null)));
            foreach (RoleOrder told in group.Orders)
            {
                int unit = ((order.Ordinal * Size.Roles) + int.Parse(told.Role[1..], System.Globalization.CultureInfo.InvariantCulture)) * Size.Instances + told.Ordinal;
                bool deletes = told.Assignment.IsDeleting && next.Exists(unit) && next.Phase(unit) != UnitPhase.Terminating
                    && told.Assignment.VictimUids.Contains(next.Uid(unit));
                bool creates = !told.Assignment.IsDeleting && !next.Exists(unit);
                if ((!deletes && !creates) || actions-- <= 0)
                    continue;
                if (deletes)
                    gone.Add(unit);
                next = deletes ? next.Become(unit, UnitPhase.Terminating) : next.Create(unit, told.Assignment.Revision == _revisions.Update);
            }
        }
        deleted = gone.ToImmutable();
        return next;
    }

    private ServingObservation Observe(UnitState state)
    {
        ModelServing serving = _serving with
        {
            Metadata = _serving.Metadata with
            {
                Annotations = state.Operations.Length == 0 ? LabelSet.Empty : LabelSet.Of((ServingLabels.Operations, state.Operations)),
            },
            Status = _serving.Status with { CurrentRevision = state.IsCurrentUpdate ? _revisions.Update : _old, UpdateRevision = _revisions.Update },
        };
        return new ServingObservation(
            serving,
            _revisions,
            Enumerable.Range(0, Size.Groups + Size.MaxSurge)
                .Where(group => Members(group).Any(state.Exists))
                .Select(group => new GroupChild(
                    new GroupSummary(group, [.. Members(group).Where(state.Exists).Select(unit => Summary(state, unit))]), null)));
    }

    private RoleSummary Summary(UnitState state, int unit) => new(
        $"r{RoleOf(unit)}",
        InstanceOf(unit),
        state.Phase(unit) switch
        {
            UnitPhase.Running => RolePhase.Running,
            UnitPhase.Terminating => RolePhase.Terminating,
            _ => RolePhase.Starting,
        })
    {
        Revision = state.IsUpdated(unit) ? _revisions.Update : _old,
        PodUids = [state.Uid(unit)],
    };

    private static ModelServing Parse(WorldSize size, string image)
    {
        string pace = size.IsRoleRolling
            ? "\"type\": \"RoleRollingUpdate\""
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
