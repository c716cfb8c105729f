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
internal sealed partial class ModelServingGrain(
    IClusterFacts facts, PlanExecutor executor, TimeProvider time, ILogger<ModelServingGrain> logger)
    : Grain, IModelServingGrain
{
    private const int PlansKept = 32;

    private readonly SortedDictionary<int, GroupChild> _groups = [];
    private readonly CacheGate _gate = new(facts, time);
    private readonly PullClock _pulls = new(time);
    private readonly PlanHistory _history = new(PlansKept);
    private readonly QuietLook _quiet = new();
    private readonly FirstWords<int> _firstWords = new(time);
    private readonly RevisionMemory _revisions = new();
    private readonly NewestViews _views = new(time);
    private ReconcileLoop? _loop;
    private NamespacedName _key;
    private string _uid = "";
    private string _recorded = "";
    private DateTimeOffset? _statusWrittenAt;
    private bool _isStatusWritten;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = NamespacedName.Parse(this.GetPrimaryKeyString());
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
        _loop!.Arm();
        return Task.CompletedTask;
    }

    public Task GroupChangedAsync(GroupSummary summary)
    {
        Take(summary);
        _firstWords.Heard(summary.Ordinal);
        _loop!.Arm();
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<GroupSummary>> GetGroupsAsync() =>
        Task.FromResult<ImmutableArray<GroupSummary>>([.. _groups.Values.Select(static group => group.Summary)]);

    public Task<ImmutableArray<PlanRecord>> ExplainAsync() => Task.FromResult(_history.Records);

    private async Task<TimeSpan?> ReconcileAsync(CancellationToken cancellation)
    {
        if (facts.Find<ModelServing>(_key) is not { } serving)
        {
            _groups.Clear();
            return null;
        }
        if (_firstWords.AreAwaited)
            return FirstWords<int>.AskAgain;
        // Steps that another activation recorded or ended follow from what it knew: this one has to know as much before it
        // takes any, or both together would take more than the budget.
        string recorded = serving.Metadata.Annotations[ServingLabels.Operations] ?? "";
        if (_pulls.IsDue || serving.Metadata.Uid != _uid || recorded != _recorded)
            await PullAsync(serving);
        _recorded = recorded;
        if (!_firstWords.AreSaid)
            return FirstWords<int>.AskAgain;
        ImmutableArray<ControllerRevision> stored = facts.List<ControllerRevision>(FactIndex.ModelServing, FactKeys.ModelServing(_key));
        ImmutableArray<PodGroup> podGroups = facts.List<PodGroup>(FactIndex.ModelServing, FactKeys.ModelServing(_key));
        CustomResourceDefinition? definition = facts.Find<CustomResourceDefinition>(PodGroupDefinition.Key);
        if (_quiet.Begin().See(serving).See(stored).See(podGroups).See(definition).See(_groups).IsAsBefore())
            return _pulls.Remaining;
        var observed = new ServingObservation(serving, _revisions.Of(serving, stored), _groups.Values)
        {
            StatusWrittenAt = _statusWrittenAt,
            IsStatusWritten = _isStatusWritten,
            PodGroupSupport = PodGroupDefinition.FeaturesOf(definition),
            PodGroups = podGroups,
        };
        DateTimeOffset now = time.GetUtcNow();
        ServingPlan plan = ModelServingPlanner.Plan(observed, now);
        _quiet.End(plan is { IsEmpty: true, Forgotten: [], RequeueAfter: null });
        if (!plan.IsEmpty)
            Tell(observed, plan, now);
        foreach (int gone in plan.Forgotten)
        {
            _groups.Remove(gone);
            _views.Forget(gone);
        }
        ExecutionResult result = await executor.ExecuteAsync(plan.Writes, _key, serving.Metadata.Uid, _gate, cancellation);
        _statusWrittenAt = plan.WritesStatus ? now : _statusWrittenAt;
        _isStatusWritten |= plan.WritesStatus && result.IsDone;
        _recorded = plan.Recorded ?? _recorded;
        if (result.IsDone)
            await Task.WhenAll(plan.Orders.Select(OrderAsync));
        return Earliest.Of(_pulls.Remaining, Earliest.Of(plan.RequeueAfter, result.RetryAfter));
    }

    private void Tell(ServingObservation observed, ServingPlan plan, DateTimeOffset now)
    {
        (string seen, string decided, string why) = (observed.ToString(), plan.ToString(), ServingReasons.Of(observed, plan));
        _history.Add(now, seen, decided, why);
        Log(_key, seen, decided, why);
    }

    private async Task PullAsync(ModelServing serving)
    {
        // While a group that just awoke is asked again and again, those below are not.
        bool isDue = _pulls.IsDue;
        bool isCheck = isDue && _firstWords.AreSaid;
        // What a deleted namesake's groups were told does not bind its successor.
        if (serving.Metadata.Uid != _uid)
            _groups.Clear();
        string index = FactKeys.ModelServing(_key);
        var known = facts.List<Pod>(FactIndex.ModelServing, index).Select(static pod => pod.Metadata)
            .Concat(facts.List<Service>(FactIndex.ModelServing, index).Select(static service => service.Metadata))
            .Select(static metadata => RoleKey.FromLabels(metadata.Namespace, metadata.Labels)?.Group.Ordinal)
            .OfType<int>()
            .Concat(_groups.Keys)
            .Distinct();
        GroupSummary[] summaries = await Task.WhenAll(known.Select(ordinal =>
            Grain(ordinal).RemindAsync(_groups.GetValueOrDefault(ordinal)?.Assigned, isCheck)));
        foreach (GroupSummary summary in summaries)
            Take(summary);
        _uid = serving.Metadata.Uid;
        _firstWords.Asked(summaries.Where(static summary => summary.Stamp == 0).Select(static summary => summary.Ordinal));
        if (isDue && _firstWords.AreSaid)
            _pulls.Pulled();
    }

    private async Task OrderAsync(GroupOrder order)
    {
        await Grain(order.Ordinal).AssignAsync(order.Assignment);
        GroupSummary known = _groups.TryGetValue(order.Ordinal, out GroupChild? child) ? child.Summary : new GroupSummary(order.Ordinal, []);
        GroupSummary assigned = known with { IsAssigned = true, IsDeleting = order.Assignment.IsDeleting };
        _groups[order.Ordinal] = new GroupChild(assigned, order.Assignment);
    }

    private void Take(GroupSummary summary)
    {
        GroupChild? child = _groups.GetValueOrDefault(summary.Ordinal);
        if (child is null || child.Summary.Stamp <= summary.Stamp)
            _groups[summary.Ordinal] = new GroupChild(_views.Newest(child?.Summary, summary), summary.IsAssigned ? child?.Assigned : null);
    }

    private IServingGroupGrain Grain(int ordinal) => GrainFactory.GetGrain<IServingGroupGrain>(new GroupKey(_key, ordinal).ToString());

    [LoggerMessage(EventId = 4103, Level = LogLevel.Information, Message = "ModelServing {Key}: saw {Seen}; decided {Decided}; because {Why}")]
    private partial void Log(NamespacedName key, string seen, string decided, string why);
}
