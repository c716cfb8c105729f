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
internal sealed partial class ServingGroupGrain(
    IClusterFacts facts, PlanExecutor executor, TimeProvider time, ILogger<ServingGroupGrain> logger)
    : Grain, IServingGroupGrain
{
    private const int PlansKept = 8;

    private readonly SortedDictionary<(string Role, int Ordinal), RoleChild> _roles = [];
    private readonly CacheGate _gate = new(facts, time);
    private readonly Stamps _stamps = new(time);
    private readonly PullClock _pulls = new(time);
    private readonly PlanHistory _history = new(PlansKept);
    private readonly QuietLook _quiet = new();
    private readonly FirstWords<(string Role, int Ordinal)> _firstWords = new(time);
    private readonly NewestViews _views = new(time);
    private ReconcileLoop? _loop;
    private GroupKey _key;
    private GroupAssignment? _goal;
    private GangGoal? _gang;
    private string _refusal = "";
    private long _view;
    private GroupSummary _summary = new(0, []);
    private GroupSummary? _told;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = GroupKey.Parse(this.GetPrimaryKeyString());
        _summary = new GroupSummary(_key.Ordinal, []);
        _loop = new ReconcileLoop(this, _key.ToString(), ReconcileAsync, _gate, time, logger);
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task AssignAsync(GroupAssignment assignment)
    {
        // The same that comes again, from another silo as a copy, is no news.
        if (_goal != assignment)
            (_goal, _gang) = (assignment, GangGoal.From(assignment));
        _loop!.Arm();
        return Task.CompletedTask;
    }

    public Task NotifyAsync(ObjectChange change)
    {
        _gate.Expect(change.Kind, change.Version);
        _loop!.Arm();
        return Task.CompletedTask;
    }

    public Task RoleChangedAsync(RoleSummary summary)
    {
        Take(summary);
        _firstWords.Heard((summary.Role, summary.Ordinal));
        _loop!.Arm();
        return Task.CompletedTask;
    }

    public async Task<GroupSummary> RemindAsync(GroupAssignment? assignment, bool isCheck)
    {
        if (isCheck)
            _pulls.Hurry();
        if (assignment is not null)
            await AssignAsync(assignment);
        else if (isCheck)
            _loop!.Arm();
        return _summary;
    }

    public Task<ImmutableArray<PlanRecord>> ExplainAsync() => Task.FromResult(_history.Records);

    private async Task<TimeSpan?> ReconcileAsync(CancellationToken cancellation)
    {
        if (_firstWords.AreAwaited)
            return FirstWords<int>.AskAgain;
        if (_pulls.IsDue)
            await PullAsync();
        if (!_firstWords.AreSaid)
            return FirstWords<int>.AskAgain;
        PodGroupObservation podGroup = LookAtPodGroup();
        if (_quiet.Begin().See(_goal).See(_gang).See(_refusal).See(podGroup.OwnerUid).See(podGroup.PodGroup).See(_roles).IsAsBefore())
        {
            _summary = AsOfNow();
            return _pulls.Remaining;
        }
        GroupPlan plan = ServingGroupPlanner.Plan(_key.Ordinal, _goal, _roles.Values);
        PodGroupPlan gang = PodGroupPlanner.Plan(_key, _gang, plan.Standing, podGroup);
        _quiet.End(plan is { Orders: [], Forgotten: [] } && gang.Writes.IsEmpty);
        _summary = plan.Summary with { Stamp = _stamps.Next(), Trouble = gang.Trouble, View = Math.Max(_view, facts.ObservedVersion(ResourceKinds.Pod)) };
        if (plan.Orders.Length + gang.Writes.Length > 0)
            Tell(plan, gang);
        foreach ((string Role, int Ordinal) gone in plan.Forgotten)
        {
            _roles.Remove(gone);
            _views.Forget(_key.Ordinal, gone.Role, gone.Ordinal);
        }
        await TellAsync();
        ExecutionResult result = await executor.ExecuteAsync(
            gang.Writes, _key.Serving, _goal?.Policies.ServingUid ?? "", _gate, cancellation);
        _refusal = result.Refusal;
        await Task.WhenAll(gang.Pass(plan.Orders, result.IsDone).Select(OrderAsync));
        return Earliest.Of(_pulls.Remaining, result.RetryAfter);
    }

    /// <summary>What was said last, which is still true: each instance as it was seen with the newest cache.</summary>
    private GroupSummary AsOfNow() => _summary with
    {
        Stamp = _stamps.Next(),
        View = Math.Max(_view, facts.ObservedVersion(ResourceKinds.Pod)),
        Roles = [.. _summary.Roles.Select(role => _roles.GetValueOrDefault((role.Role, role.Ordinal))?.Summary ?? role)],
    };

    private PodGroupObservation LookAtPodGroup()
    {
        if (_gang is null)
            return new PodGroupObservation(null, null);
        ModelServing? owner = facts.Find<ModelServing>(_key.Serving);
        return new PodGroupObservation(
            owner is { Metadata.DeletionTimestamp: null } ? owner.Metadata.Uid : null,
            facts.Find<PodGroup>(new NamespacedName(_key.Serving.Namespace, _key.Name)))
        {
            Refusal = _refusal,
        };
    }

    private void Tell(GroupPlan plan, PodGroupPlan gang)
    {
        (string seen, string decided, string why) =
            (GroupReasons.Seen(_goal, _roles.Values), $"{plan}{gang}", GroupReasons.Of(_goal, _roles.Values, plan));
        _history.Add(time.GetUtcNow(), seen, decided, why);
        Log(_key, seen, decided, why);
    }

    private async Task PullAsync()
    {
        string index = FactKeys.ServingGroup(_key.Serving.Namespace, _key.Name);
        var known = facts.List<Pod>(FactIndex.ServingGroup, index).Select(static pod => pod.Metadata)
            .Concat(facts.List<Service>(FactIndex.ServingGroup, index).Select(static service => service.Metadata))
            .Select(static metadata => RoleKey.FromLabels(metadata.Namespace, metadata.Labels))
            .OfType<RoleKey>()
            .Concat(_roles.Keys.Select(role => new RoleKey(_key, role.Role, role.Ordinal)))
            .Distinct();
        RoleSummary[] summaries = await Task.WhenAll(known.Select(RemindAsync));
        foreach (RoleSummary summary in summaries)
            Take(summary);
        _firstWords.Asked(summaries.Where(static summary => summary.Stamp == 0).Select(static summary => (summary.Role, summary.Ordinal)));
        if (_firstWords.AreSaid)
            _pulls.Pulled();
    }

    private Task<RoleSummary> RemindAsync(RoleKey key) =>
        Grain(key).RemindAsync(_roles.GetValueOrDefault((key.Role, key.Ordinal))?.Assigned);

    private async Task OrderAsync(RoleOrder order)
    {
        await Grain(new RoleKey(_key, order.Role, order.Ordinal)).AssignAsync(order.Assignment);
        RoleSummary known = _roles.TryGetValue((order.Role, order.Ordinal), out RoleChild? child)
            ? child.Summary
            : new RoleSummary(order.Role, order.Ordinal, RolePhase.Absent);
        RoleSummary assigned = known with { IsAssigned = true, IsDeleting = order.Assignment.IsDeleting };
        _roles[(order.Role, order.Ordinal)] = new RoleChild(assigned, order.Assignment);
    }

    private void Take(RoleSummary summary)
    {
        RoleChild? child = _roles.GetValueOrDefault((summary.Role, summary.Ordinal));
        if (child?.Summary.Stamp > summary.Stamp)
            return;
        if (!_views.Takes(_key.Ordinal, summary) && child is not null)
        {
            // It sees less than another did; that it was told nothing yet is true all the same.
            if (!summary.IsAssigned)
                _roles[(summary.Role, summary.Ordinal)] = new RoleChild(child.Summary with { IsAssigned = false }, null);
            return;
        }
        _view = Math.Max(_view, summary.View);
        _roles[(summary.Role, summary.Ordinal)] = new RoleChild(summary, summary.IsAssigned ? child?.Assigned : null);
    }

    private async Task TellAsync()
    {
        if (_summary.SaysTheSameAs(_told))
            return;
        _told = _summary;
        await GrainFactory.GetGrain<IModelServingGrain>(_key.Serving.ToString()).GroupChangedAsync(_summary);
    }

    private IRoleGrain Grain(RoleKey key) => GrainFactory.GetGrain<IRoleGrain>(key.ToString());

    [LoggerMessage(EventId = 4102, Level = LogLevel.Information, Message = "ServingGroup {Key}: saw {Seen}; decided {Decided}; because {Why}")]
    private partial void Log(GroupKey key, string seen, string decided, string why);
}
