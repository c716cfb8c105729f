using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Grains.Facts;
using Kthena.Grains.Reconciling;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Model.Serving;
using Kthena.Routing.Snapshots;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Grains.Routing;

/// <summary>Rebuilds the routing table when something that it is made of changed, and hands it to whoever waits.</summary>
/// <param name="facts">What this silo knows of the cluster.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where rebuilding is told of.</param>
[KeepAlive]
public sealed partial class RoutingTableGrain(IClusterFacts facts, TimeProvider time, ILogger<RoutingTableGrain> logger)
    : Grain, IRoutingTableGrain
{
    // A silo that stops waits for the calls that are under way, so a wait may not be long.
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RosterInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FactsDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RestMax = TimeSpan.FromMilliseconds(250);

    // A table is built from every pod there is: while pods come by the thousand, building takes a tenth of the time at most.
    private const int RestFactor = 9;

    // A notification may be lost: facts that moved without one are seen by a look at their versions, which costs nothing.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly ImmutableArray<ResourceKind> Kinds = [ResourceKinds.ModelRoute, ResourceKinds.ModelServer, ResourceKinds.Pod];

    // Facts older than what somebody told of do not show that change yet.
    private readonly CacheGate _gate = new(facts, time);
    private readonly ChangeSignal _changed = new(time);
    private readonly RoutingHistory _history = new();
    private long _builtFrom = -1;
    private DateTimeOffset _restsUntil;
    private IGrainTimer? _timer;
    private EndpointRoster? _roster;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _roster = new EndpointRoster(GrainFactory);
        _timer = this.RegisterGrainTimer(RebuildAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        // Messages get lost, and the silo of who was told may go.
        this.RegisterGrainTimer(_ => RepeatAsync(), new GrainTimerCreationOptions(RosterInterval, RosterInterval));
        this.RegisterGrainTimer(_ => Look(), new GrainTimerCreationOptions(LookInterval, LookInterval));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task NotifyAsync(ObjectChange change)
    {
        _gate.Expect(change.Kind, change.Version);
        TimeSpan rest = _restsUntil - time.GetUtcNow();
        Arm(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<RoutingSnapshot?> WaitForChangeAsync(long knownVersion, CancellationToken cancellation) =>
        await WaitForUpdateAsync(knownVersion, cancellation) is null ? null : _history.Newest;

    /// <inheritdoc/>
    public async Task<RoutingUpdate?> WaitForUpdateAsync(long knownVersion, CancellationToken cancellation)
    {
        DateTimeOffset end = time.GetUtcNow() + WaitMax;
        while (true)
        {
            if (_history.Since(knownVersion) is { } update)
                return update;
            TimeSpan left = end - time.GetUtcNow();
            if (left <= TimeSpan.Zero || !await _changed.WaitAsync(left, cancellation))
                return null;
        }
    }

    private void Arm(TimeSpan delay) => _timer?.Change(delay, Timeout.InfiniteTimeSpan);

    private Task Look()
    {
        if (ObservedVersions() != _builtFrom)
            Arm(TimeSpan.Zero);
        return Task.CompletedTask;
    }

    /// <summary>Before the first table nobody may be told that nobody is left.</summary>
    private Task RepeatAsync() => _history.Newest.Version == 0 ? Task.CompletedTask : _roster!.RepeatAsync();

    /// <summary>A number that grows with each of the versions, none of which ever goes back.</summary>
    private long ObservedVersions() => Kinds.Sum(facts.ObservedVersion);

    private async Task RebuildAsync(CancellationToken stopped)
    {
        if (!_gate.IsOpen)
        {
            Arm(FactsDelay);
            return;
        }
        long start = time.GetTimestamp();
        long versions = ObservedVersions();
        RoutingSnapshot next = RoutingSnapshotPlanner.Build(facts.List<ModelRoute>(), facts.List<ModelServer>(), facts.List<Pod>());
        _builtFrom = versions;
        TimeSpan rest = time.GetElapsedTime(start) * RestFactor;
        _restsUntil = time.GetUtcNow() + (rest < RestMax ? rest : RestMax);
        if (_history.Newest.Version != 0 && next.HasSameContent(_history.Newest))
            return;
        Publish(next);
        await _roster!.ChangeAsync(next);
    }

    private void Publish(RoutingSnapshot next)
    {
        long version = RoutingVersions.After(_history.Newest.Version, time.GetUtcNow(), next);
        _history.Add(next with { Version = version });
        LogRebuilt(version, next.Routes.Length, next.Servers.Length);
        _changed.Raise();
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information,
        Message = "Routing table {Version}: {Routes} routes, {Servers} model servers.")]
    private partial void LogRebuilt(long version, int routes, int servers);
}
