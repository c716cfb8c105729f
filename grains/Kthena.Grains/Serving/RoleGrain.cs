using System.Collections.Immutable;
using Kthena.Contracts.Serving;
using Kthena.Grains.Facts;
using Kthena.Grains.Reconciling;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Plugins;
using Microsoft.Extensions.Logging;

namespace Kthena.Grains.Serving;

/// <summary>Shell of <see cref="RolePlanner"/>.</summary>
internal sealed class RoleGrain(
    IClusterFacts facts, PlanExecutor executor, PluginChains plugins, TimeProvider time, ILogger<RoleGrain> logger)
    : Grain, IRoleGrain
{
    private const int PlansKept = 4;

    private readonly CacheGate _gate = new(facts, time);
    private readonly Stamps _stamps = new(time);
    private readonly PlanHistory _history = new("Role", PlansKept, time, logger);
    private readonly QuietLook _quiet = new();
    private ReconcileLoop? _loop;
    private RoleKey _key;
    private RoleGoal? _goal;
    private RoleSummary _summary = new("", 0, RolePhase.Absent);
    private RoleSummary? _told;
    private string _refusal = "";
    private int _pluginFailures;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = RoleKey.Parse(this.GetPrimaryKeyString());
        _loop = new ReconcileLoop(this, _key.ToString(), ReconcileAsync, _gate, time, logger);
        _summary = Look(RoleFacts.Of(facts, _key), previous: null).Plan.Summary with { Stamp = 0, View = 0 };
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task AssignAsync(RoleAssignment assignment)
    {
        if (_goal?.Assignment != assignment)
        {
            _goal = RoleGoal.From(assignment, plugins.Of(assignment.Policies.Plugins));
            _loop!.Arm();
        }
        return Task.CompletedTask;
    }

    public Task NotifyAsync(ObjectChange change)
    {
        _gate.Expect(change.Kind, change.Version);
        _loop!.Arm();
        return Task.CompletedTask;
    }

    public async Task<RoleSummary> RemindAsync(RoleAssignment? assignment)
    {
        if (assignment is not null)
            await AssignAsync(assignment);
        _loop!.Arm();
        // Not what was said last, but what is seen now: another activation may have been believed since.
        if (_summary.Stamp == 0 || !_gate.IsOpen)
            return _summary;
        RoleFacts seen = RoleFacts.Of(facts, _key);
        return IsQuiet(seen) ? AsOf(seen) : Look(seen, _summary).Plan.Summary;
    }

    public Task<ImmutableArray<PlanRecord>> ExplainAsync() => Task.FromResult(_history.Records);

    private async Task<TimeSpan?> ReconcileAsync(CancellationToken cancellation)
    {
        RoleFacts seen = RoleFacts.Of(facts, _key);
        if (IsQuiet(seen))
        {
            _summary = AsOf(seen);
            return null;
        }
        (RoleObservation observed, RolePlan plan) = Look(seen, _summary);
        _quiet.End(plan is { Writes: [], HasPluginFailed: false, RequeueAfter: null });
        _summary = plan.Summary;
        _pluginFailures = plan.HasPluginFailed ? _pluginFailures + 1 : 0;
        if (plan.Writes.Length > 0)
            _history.Add(_key.ToString(), RoleReasons.Seen(observed, plan), plan.ToString(), RoleReasons.Of(_goal, observed, plan));
        await TellAsync();
        ExecutionResult result = await executor.ExecuteAsync(
            plan.Writes, _key.Group.Serving, _goal?.Assignment.Policies.ServingUid ?? "", _gate, cancellation);
        await TellOfRefusalAsync(result.Refusal);
        return Earliest.Of(plan.RequeueAfter, result.RetryAfter);
    }

    private async Task TellOfRefusalAsync(string refusal)
    {
        if (refusal == _refusal)
            return;
        _refusal = refusal;
        _summary = Look(RoleFacts.Of(facts, _key), _summary).Plan.Summary;
        await TellAsync();
    }

    private bool IsQuiet(RoleFacts seen) =>
        _quiet.Begin().See(_goal).See(_refusal).See(seen.Serving).See(seen.Pods).See(seen.Services).IsAsBefore();

    /// <summary>What was said last, which is still true.</summary>
    private RoleSummary AsOf(RoleFacts seen) => _summary with { Stamp = _stamps.Next(), View = seen.View };

    private (RoleObservation Observed, RolePlan Plan) Look(RoleFacts seen, RoleSummary? previous)
    {
        ModelServing? owner = seen.Serving;
        var observed = new RoleObservation(
            owner is { Metadata.DeletionTimestamp: null } ? owner.Metadata.Uid : null, seen.Pods, seen.Services, previous)
        {
            OwnerAnnotations = owner?.Metadata.Annotations ?? LabelSet.Empty,
            Owner = owner?.Metadata,
            PluginFailures = _pluginFailures,
            Refusal = _refusal,
        };
        RolePlan plan = RolePlanner.Plan(_key, _goal, observed, time.GetUtcNow());
        return (observed, plan with { Summary = plan.Summary with { Stamp = _stamps.Next(), View = seen.View } });
    }

    private async Task TellAsync()
    {
        if (_summary.SaysTheSameAs(_told))
            return;
        _told = _summary;
        await GrainFactory.GetGrain<IServingGroupGrain>(_key.Group.ToString()).RoleChangedAsync(_summary);
    }
}
