using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Grains.Facts;
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

    // The newest version of each kind that somebody told of: facts older than that do not show the change yet.
    private readonly SortedDictionary<string, long> _awaited = new(StringComparer.Ordinal);
    private RoutingSnapshot _snapshot = RoutingSnapshot.Empty;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IGrainTimer? _timer;
    private EndpointRoster? _roster;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _roster = new EndpointRoster(GrainFactory);
        _timer = this.RegisterGrainTimer(RebuildAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        // The silo of an endpoint's grain may go, and with it who is followed.
        this.RegisterGrainTimer(_ => _roster.RepeatAsync(), new GrainTimerCreationOptions(RosterInterval, RosterInterval));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task NotifyAsync(ObjectChange change)
    {
        _awaited[change.Kind] = Math.Max(change.Version, _awaited.GetValueOrDefault(change.Kind));
        Arm(TimeSpan.Zero);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<RoutingSnapshot?> WaitForChangeAsync(long knownVersion, CancellationToken cancellation)
    {
        DateTimeOffset end = time.GetUtcNow() + WaitMax;
        while (_snapshot.Version == knownVersion || _snapshot.Version == 0)
        {
            TimeSpan left = end - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
                return null;
            try
            {
                await _changed.Task.WaitAsync(left, time, cancellation);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                return null;
            }
        }
        return _snapshot;
    }

    private void Arm(TimeSpan delay) => _timer?.Change(delay, Timeout.InfiniteTimeSpan);

    private async Task RebuildAsync(CancellationToken stopped)
    {
        if (!facts.HasSynced || IsBehind())
        {
            Arm(FactsDelay);
            return;
        }
        RoutingSnapshot next = RoutingSnapshotPlanner.Build(facts.List<ModelRoute>(), facts.List<ModelServer>(), facts.List<Pod>());
        if (_snapshot.Version != 0 && next.HasSameContent(_snapshot))
            return;
        RoutingSnapshot before = _snapshot;
        Publish(next);
        await _roster!.ChangeAsync(next);
        await TellPrefixCachesAsync(before, next);
    }

    private bool IsBehind() =>
        IsBehind(ResourceKinds.ModelRoute) || IsBehind(ResourceKinds.ModelServer) || IsBehind(ResourceKinds.Pod);

    private bool IsBehind(ResourceKind kind) => facts.ObservedVersion(kind) < _awaited.GetValueOrDefault(kind.Kind);

    private void Publish(RoutingSnapshot next)
    {
        // Another life of this grain may have counted before: the clock puts every life after the one before it.
        long version = Math.Max(_snapshot.Version + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
        _snapshot = next with { Version = version };
        LogRebuilt(version, next.Routes.Length, next.Servers.Length);
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    /// <summary>Tells each prefix cache whose endpoints changed which of them are left.</summary>
    private async Task TellPrefixCachesAsync(RoutingSnapshot before, RoutingSnapshot after)
    {
        var left = before.Servers.ToDictionary(static server => server.Key, static server => server.Endpoints);
        foreach (RoutedServer server in after.Servers)
        {
            bool isKnown = left.Remove(server.Key, out ImmutableArray<EngineEndpoint> endpoints);
            if (!isKnown || !server.Endpoints.AsSpan().SequenceEqual(endpoints.AsSpan()))
                await RetainAsync(server.Key, [.. server.Endpoints.Select(static endpoint => endpoint.Uid)]);
        }
        foreach (NamespacedName gone in left.Keys.Order())
            await RetainAsync(gone, []);
    }

    private Task RetainAsync(NamespacedName server, ImmutableArray<string> live) =>
        GrainFactory.GetGrain<IPrefixCacheGrain>(server.ToString()).RetainAsync(live);

    [LoggerMessage(EventId = 1, Level = LogLevel.Information,
        Message = "Routing table {Version}: {Routes} routes, {Servers} model servers.")]
    private partial void LogRebuilt(long version, int routes, int servers);
}
