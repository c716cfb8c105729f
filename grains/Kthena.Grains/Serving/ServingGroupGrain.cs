using System.Collections.Immutable;
using Kthena.Contracts.Serving;
using Kthena.Grains.Facts;
using Kthena.Grains.Reconciling;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Gang;
using Kthena.Planning.Serving;
using Microsoft.Extensions.Logging;

namespace Kthena.Grains.Serving;

/// <summary>Shell of <see cref="ServingGroupPlanner"/> and <see cref="PodGroupPlanner"/>.</summary>
internal sealed class ServingGroupGrain(
    IClusterFacts facts, PlanExecutor executor, TimeProvider time, ILogger<ServingGroupGrain> logger)
    : Grain, IServingGroupGrain
{
    private const int PlansKept = 8;

    private readonly CacheGate _gate = new(facts, time);
    private readonly Stamps _stamps = new(time);
    private readonly PullClock _pulls = new(time);
    private readonly PlanHistory _history = new("ServingGroup", PlansKept, time, logger);
    private readonly QuietLook _quiet = new();
    private KnownRoles _roles = null!;
    private ReconcileLoop _loop = null!;
    private GroupKey _key;
    private GroupAssignment? _goal;
    private GangGoal? _gang;
    private string _refusal = "";
    private GroupSummary _summary = new(0, []);
    private GroupSummary? _told;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = GroupKey.Parse(this.GetPrimaryKeyString());
        _summary = new GroupSummary(_key.Ordinal, []);
        _roles = new KnownRoles(role => GrainFactory.GetGrain<IRoleGrain>(new RoleKey(_key, role.Role, role.Ordinal).ToString()), time);
        _loop = new ReconcileLoop(this, _key.ToString(), ReconcileAsync, _gate, time, logger);
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task AssignAsync(GroupAssignment assignment)
    {
        // The same that comes again, from another silo as a copy, is no news.
        if (_goal != assignment)
            (_goal, _gang) = (assignment, GangGoal.From(assignment));
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task NotifyAsync(ObjectChange change)
    {
        _gate.Expect(change.Kind, change.Version);
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task RoleChangedAsync(RoleSummary summary)
    {
        _roles.Heard(summary);
        _loop.Arm();
        return Task.CompletedTask;
    }

    public async Task<GroupSummary> RemindAsync(GroupAssignment? assignment, bool isCheck)
    {
        if (isCheck)
            _pulls.Hurry();
        if (assignment is not null)
            await AssignAsync(assignment);
        else if (isCheck)
            _loop.Arm();
        return _summary;
    }

    public Task<ImmutableArray<PlanRecord>> ExplainAsync() => Task.FromResult(_history.Records);

    private async Task<TimeSpan?> ReconcileAsync(CancellationToken cancellation)
    {
        if (_roles.AreAwaited)
            return KnownRoles.AskAgain;
        if (_pulls.IsDue)
            await PullAsync();
        if (!_roles.HaveLooked)
            return KnownRoles.AskAgain;
        PodGroupObservation podGroup = PodGroupFacts.Of(facts, _key, _gang, _refusal);
        if (_quiet.Begin().See(_goal).See(_gang).See(_refusal).See(podGroup.OwnerUid).See(podGroup.PodGroup).See(_roles.All).IsAsBefore())
        {
            _summary = Seen(_summary with { Roles = _roles.AsOfNow(_summary.Roles) });
            return _pulls.Remaining;
        }
        GroupPlan plan = ServingGroupPlanner.Plan(_key.Ordinal, _goal, _roles.All.Values);
        PodGroupPlan gang = PodGroupPlanner.Plan(_key, _gang, plan.Standing, podGroup);
        _quiet.End(plan is { Orders: [], Forgotten: [] } && gang.Writes.IsEmpty);
        _summary = Seen(plan.Summary with { Trouble = gang.Trouble });
        if (plan.Orders.Length + gang.Writes.Length > 0)
            _history.Add(_key.ToString(), GroupReasons.Seen(_goal, _roles.All.Values), $"{plan}{gang}", GroupReasons.Of(_goal, _roles.All.Values, plan));
        // One that is gone for itself and there for this silo may be seen from a cache that is far behind: its word is kept.
        _roles.Forget(plan.Forgotten.Where(gone => !RoleInstances.Has(facts, new RoleKey(_key, gone.Role, gone.Ordinal))));
        await TellAsync();
        ExecutionResult result = await executor.ExecuteAsync(gang.Writes, _key.Serving, _goal?.Policies.ServingUid ?? "", _gate, cancellation);
        _refusal = result.Refusal;
        await _roles.OrderAsync(gang.Pass(plan.Orders, result.IsDone));
        return Earliest.Of(_pulls.Remaining, result.RetryAfter);
    }

    private GroupSummary Seen(GroupSummary summary) => summary with
    {
        Stamp = _stamps.Next(),
        View = Math.Max(_roles.NewestView, facts.ObservedVersion(ResourceKinds.Pod)),
        OldestView = _roles.OldestView,
    };

    private async Task PullAsync()
    {
        // Asked before the cache is read: instances that are made meanwhile tell of themselves.
        long view = facts.ObservedVersion(ResourceKinds.Pod);
        await _roles.RemindAllAsync(RoleInstances.In(facts, FactIndex.ServingGroup, FactKeys.ServingGroup(_key)), view);
        if (_roles.HaveLooked)
            _pulls.Pulled();
    }

    private async Task TellAsync()
    {
        if (_summary.SaysTheSameAs(_told))
            return;
        _told = _summary;
        await GrainFactory.GetGrain<IModelServingGrain>(_key.Serving.ToString()).GroupChangedAsync(_summary);
    }
}
