using System.Collections.Immutable;
using Kthena.Contracts.Serving;
using Kthena.Grains.Facts;
using Kthena.Grains.Reconciling;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.LeaderWorkerSets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kthena.Grains.Serving;

/// <summary>Shell of <see cref="LeaderWorkerSetPlanner"/>.</summary>
internal sealed class LeaderWorkerSetGrain(
    IClusterFacts facts, PlanExecutor executor, IOptions<LeaderWorkerSetOptions> options, TimeProvider time, ILogger<LeaderWorkerSetGrain> logger)
    : Grain, ILeaderWorkerSetGrain
{
    private const int PlansKept = 32;

    private readonly CacheGate _gate = new(facts, time);
    private readonly PlanHistory _history = new("LeaderWorkerSet", PlansKept, time, logger);
    private ReconcileLoop? _loop;
    private NamespacedName _key;
    private TranslationWrite? _written;
    private DateTimeOffset? _statusWrittenAt;
    private string _refusal = "";

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = NamespacedName.Parse(this.GetPrimaryKeyString());
        _loop = new ReconcileLoop(this, _key.ToString(), ReconcileAsync, _gate, time, logger);
        _loop.Arm();
        return Task.CompletedTask;
    }

    public Task NotifyAsync(ObjectChange change)
    {
        _gate.Expect(change.Kind, change.Version);
        _loop!.Arm();
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<PlanRecord>> ExplainAsync() => Task.FromResult(_history.Records);

    private async Task<TimeSpan?> ReconcileAsync(CancellationToken cancellation)
    {
        if (!options.Value.IsServed || facts.Find<LeaderWorkerSet>(_key) is not { } set)
            return null;
        var observed = new LeaderWorkerSetObservation(set, facts.Find<ModelServing>(_key))
        {
            Services = facts.List<Service>(FactIndex.ServingGroup, FactKeys.ServingGroup(_key.Namespace, _key.Name)),
            HasVolcano = facts.IsServed(ResourceKinds.PodGroup),
            Written = _written,
            StatusWrittenAt = _statusWrittenAt,
            Refusal = _refusal,
        };
        DateTimeOffset now = time.GetUtcNow();
        LeaderWorkerSetPlan plan = LeaderWorkerSetPlanner.Plan(observed, now);
        if (plan.Writes.Length > 0)
            _history.Add(_key.ToString(), observed.ToString(), plan.ToString(), plan.Why);
        ExecutionResult result = await executor.ExecuteAsync(
            plan.Writes, _key, set.Metadata.Uid, _gate, cancellation, ResourceKinds.LeaderWorkerSet);
        _written = result.IsDone ? plan.Written ?? _written : _written;
        _statusWrittenAt = plan.WritesStatus ? now : _statusWrittenAt;
        _refusal = result.Refusal;
        return Earliest.Of(plan.RequeueAfter, result.RetryAfter);
    }
}
