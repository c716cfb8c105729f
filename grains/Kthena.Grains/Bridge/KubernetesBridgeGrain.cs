using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Contracts.Serving;
using Kthena.Grains.Facts;
using Kthena.Grains.Serving;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kthena.Grains.Bridge;

/// <summary>Takes the changes of one kind from the informer of its silo and tells the grains that <see cref="ChangeRoutes"/> names.</summary>
/// <param name="source">This silo's informers.</param>
/// <param name="facts">Says which ModelServings there are.</param>
/// <param name="serving">Whether ModelServings are served.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where a broken subscription is told.</param>
[KeepAlive]
internal sealed partial class KubernetesBridgeGrain(
    IChangeSource source, IClusterFacts facts, IOptions<ServingOptions> serving, TimeProvider time, ILogger<KubernetesBridgeGrain> logger)
    : Grain, IKubernetesBridgeGrain, IDisposable
{
    /// <summary>
    /// How often every ModelServing and LeaderWorkerSet is told although it has not changed: its grain may have died with its silo, and what it had
    /// still to do would otherwise wait for a change. Groups and roles are pulled by their parents, who do it when they are told this,
    /// and by a clock of their own, <see cref="Reconciling.PullClock"/>, where they are not: so this is the shorter of the two, and all that is
    /// checked is checked in one go.
    /// </summary>
    private static readonly TimeSpan RetellInterval = TimeSpan.FromSeconds(50);

    private readonly CancellationTokenSource _stopping = new();
    private CancellationTokenSource? _round;
    private long _membershipVersion;
    private Task _pump = Task.CompletedTask;
    private ResourceKind _kind = ResourceKinds.Pod;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        string key = this.GetPrimaryKeyString();
        _kind = ChangeRoutes.Kinds.FirstOrDefault(kind => kind.Kind == key)
            ?? throw new ArgumentException($"No bridge follows the kind '{key}'.");
        LogBegins(_kind.Kind);
        _pump = PumpAsync();
        return Task.CompletedTask;
    }

    public Task PokeAsync()
    {
        // A pump ends only when its subscription broke: begin again with all that exists.
        if (_pump.IsCompleted && !_stopping.IsCancellationRequested)
            _pump = PumpAsync();
        return Task.CompletedTask;
    }

    public Task RetellAsync(long membershipVersion)
    {
        if (membershipVersion <= _membershipVersion)
            return Task.CompletedTask;
        _membershipVersion = membershipVersion;
        // Not CancelAsync: it would go through the thread pool, where a simulation must not go.
        _round?.Cancel();
        return PokeAsync();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Not CancelAsync: it would go through the thread pool, where a simulation must not go.
        _stopping.Cancel();
        await _pump;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task PumpAsync()
    {
        try
        {
            while (true)
                await FollowAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            LogBroken(_kind.Kind, exception);
        }
    }

    /// <summary>Tells all that exists or went lately, and then every change, until it is time to tell all that exists again.</summary>
    private async Task FollowAsync()
    {
        using var round = new CancellationTokenSource(
            _kind == ResourceKinds.ModelServing || _kind == ResourceKinds.LeaderWorkerSet ? RetellInterval : Timeout.InfiniteTimeSpan, time);
        _round = round;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, round.Token);
        using IChangeSubscription subscription = source.Subscribe(_kind);
        bool isRepeated = true;
        try
        {
            while (true)
            {
                foreach (ObservedObject change in await subscription.TakeAsync(either.Token))
                    await TellAsync(change, isRepeated);
                isRepeated = false;
            }
        }
        catch (OperationCanceledException) when (round.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            // The next round begins.
        }
        finally
        {
            _round = null;
        }
    }

    private async Task TellAsync(ObservedObject observed, bool isRepeated)
    {
        var change = new ObjectChange(_kind.Kind, observed.Metadata.Key, observed.Version) { IsRepeated = isRepeated };
        foreach (ChangeTarget target in ChangeRoutes.TargetsOf(_kind, observed.Metadata))
        {
            if (!serving.Value.IsServed && target.Kind != ChangeTargetKind.RoutingTable)
                continue;
            // One-way: these complete when the message is handed over.
            await (target.Kind switch
            {
                ChangeTargetKind.ModelServing => GrainFactory.GetGrain<IModelServingGrain>(target.Key).NotifyAsync(change),
                ChangeTargetKind.LeaderWorkerSet => GrainFactory.GetGrain<ILeaderWorkerSetGrain>(target.Key).NotifyAsync(change),
                ChangeTargetKind.ServingGroup => GrainFactory.GetGrain<IServingGroupGrain>(target.Key).NotifyAsync(change),
                ChangeTargetKind.EveryModelServing => Task.WhenAll(facts.List<ModelServing>()
                    .Select(serving => GrainFactory.GetGrain<IModelServingGrain>(serving.Metadata.Key.ToString()).NotifyAsync(change))),
                ChangeTargetKind.Role => GrainFactory.GetGrain<IRoleGrain>(target.Key).NotifyAsync(change),
                ChangeTargetKind.RoutingTable => GrainFactory.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key).NotifyAsync(change),
                _ => throw new InvalidOperationException($"Unknown target {target.Kind}."),
            });
        }
    }

    [LoggerMessage(EventId = 4011, Level = LogLevel.Information, Message = "The bridge of {Kind} begins here")]
    private partial void LogBegins(string kind);

    [LoggerMessage(EventId = 4010, Level = LogLevel.Error, Message = "The subscription to {Kind} broke; it begins again at the next poke")]
    private partial void LogBroken(string kind, Exception exception);
}
