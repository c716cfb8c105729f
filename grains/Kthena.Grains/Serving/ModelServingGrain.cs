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

/// <summary>Shell of <see cref="ModelServingPlanner"/>.</summary>
internal sealed class ModelServingGrain(
    IClusterFacts facts, PlanExecutor executor, TimeProvider time, ILogger<ModelServingGrain> logger)
    : Grain, IModelServingGrain
{
    private const int PlansKept = 32;

    private readonly CacheGate _gate = new(facts, time);
    private readonly PullClock _pulls = new(time);
    private readonly PlanHistory _history = new("ModelServing", PlansKept, time, logger);
    private readonly QuietLook _quiet = new();
    private readonly RevisionMemory _revisions = new();
    private readonly RecordedSteps _steps = new(time, logger);
    private KnownGroups _groups = null!;
    private ReconcileLoop _loop = null!;
    private NamespacedName _key;
    private string _uid = "";
    private string _refusal = "";
    private DateTimeOffset? _statusWrittenAt;
    private bool _isStatusWritten;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = NamespacedName.Parse(this.GetPrimaryKeyString());
        _groups = new KnownGroups(ordinal => GrainFactory.GetGrain<IServingGroupGrain>(new GroupKey(_key, ordinal).ToString()), time);
        _loop = new ReconcileLoop(this, _key.ToString(), ReconcileAsync, _gate, time, logger);
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task NotifyAsync(ObjectChange change)
    {
        // The turn of all that is below as well: what told of it may have been lost.
        if (change.IsRepeated && change.Kind == ResourceKinds.ModelServing.Kind)
            _pulls.Hurry();
        _gate.Expect(change.Kind, change.Version);
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task GroupChangedAsync(GroupSummary summary)
    {
        _groups.Heard(summary);
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<GroupSummary>> GetGroupsAsync() =>
        Task.FromResult<ImmutableArray<GroupSummary>>([.. _groups.All.Values.Select(static group => group.Summary)]);

    public Task<ImmutableArray<PlanRecord>> ExplainAsync() => Task.FromResult(_history.Records);

    private async Task<TimeSpan?> ReconcileAsync(CancellationToken cancellation)
    {
        if (facts.Find<ModelServing>(_key) is not { } serving)
        {
            _groups.Clear();
            return null;
        }
        if (_groups.AreAwaited)
            return KnownGroups.AskAgain;
        StepRecord recorded = StepRecord.Of(serving.Metadata.Annotations);
        if (_pulls.IsDue || serving.Metadata.Uid != _uid || (!_steps.AreKnown(recorded) && !_groups.WereJustAsked))
            await PullAsync(serving, recorded);
        if (!_groups.HaveLooked)
            return KnownGroups.AskAgain;
        ServingFacts seen = ServingFacts.Of(facts, _key);
        bool isAsNew = _steps.AreKnown(recorded);
        if (_quiet.Begin().See(serving).See(_refusal).See(seen.Revisions).See(seen.PodGroups).See(seen.PodGroupKind).See(_groups.All).IsAsBefore() && isAsNew)
            return _pulls.Remaining;
        var observed = new ServingObservation(serving, _revisions.Of(serving, seen.Revisions), _groups.All.Values)
        {
            IsAsNewAsTheRecord = isAsNew,
            PodsSeen = _groups.PodsSeen,
            Refusal = _refusal,
            StatusWrittenAt = _statusWrittenAt,
            IsStatusWritten = _isStatusWritten,
            PodGroupSupport = PodGroupDefinition.FeaturesOf(seen.PodGroupKind),
            PodGroups = seen.PodGroups,
        };
        TimeSpan? again = await ApplyAsync(observed, ModelServingPlanner.Plan(observed, time.GetUtcNow()), cancellation);
        return isAsNew ? again : Earliest.Of(again, KnownGroups.AskAgain);
    }

    private async Task<TimeSpan?> ApplyAsync(ServingObservation observed, ServingPlan plan, CancellationToken cancellation)
    {
        _quiet.End(observed.IsAsNewAsTheRecord && plan is { IsEmpty: true, Forgotten: [], RequeueAfter: null });
        if (!plan.IsEmpty)
            _history.Add(_key.ToString(), observed.ToString(), plan.ToString(), ServingReasons.Of(observed, plan));
        _groups.Forget(plan.Forgotten);
        ExecutionResult result = await executor.ExecuteAsync(plan.Writes, _key, observed.Serving.Metadata.Uid, _gate, cancellation);
        _refusal = result.Refusal;
        _statusWrittenAt = plan.WritesStatus ? time.GetUtcNow() : _statusWrittenAt;
        if (result.IsDone)
        {
            _isStatusWritten |= plan.WritesStatus;
            _steps.Wrote(plan.Recorded);
            await _groups.OrderAsync(plan.Orders);
        }
        return Earliest.Of(_pulls.Remaining, Earliest.Of(plan.RequeueAfter, result.RetryAfter));
    }

    private async Task PullAsync(ModelServing serving, StepRecord recorded)
    {
        if (serving.Metadata.Uid != _uid)
        {
            _groups.Clear();
            _pulls.Hurry();
        }
        _uid = serving.Metadata.Uid;
        bool isDue = _pulls.IsDue;
        IEnumerable<int> seen = RoleInstances.In(facts, FactIndex.ModelServing, FactKeys.ModelServing(_key)).Select(static role => role.Group.Ordinal);
        // While a group that just awoke is asked again and again, those below are not.
        bool isCheck = _groups.HaveLooked && (isDue || !_steps.AreKnown(recorded));
        await _groups.RemindAllAsync(seen.Concat(OperationsAnnotation.GroupsOf(serving.Metadata.Annotations)), isCheck);
        _steps.Compare(_key, recorded, _groups);
        if (isDue && _groups.HaveLooked)
            _pulls.Pulled();
    }
}
