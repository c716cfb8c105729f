using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Contracts.Serving;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Microsoft.Extensions.Logging;

namespace Kthena.Grains.Bridge;

/// <summary>Takes the changes of one kind from the informer of its silo and tells the grains that <see cref="ChangeRoutes"/> names.</summary>
/// <param name="source">This silo's informers.</param>
/// <param name="logger">Where a broken subscription is told.</param>
[KeepAlive]
internal sealed partial class KubernetesBridgeGrain(IChangeSource source, ILogger<KubernetesBridgeGrain> logger)
    : Grain, IKubernetesBridgeGrain, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _pump = Task.CompletedTask;
    private ResourceKind _kind = ResourceKinds.Pod;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        string key = this.GetPrimaryKeyString();
        _kind = ChangeRoutes.Kinds.FirstOrDefault(kind => kind.Kind == key)
            ?? throw new ArgumentException($"No bridge follows the kind '{key}'.");
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

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _pump;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task PumpAsync()
    {
        try
        {
            using IChangeSubscription subscription = source.Subscribe(_kind);
            while (true)
            {
                ImmutableArray<ObservedObject> changes = await subscription.TakeAsync(_stopping.Token);
                foreach (ObservedObject change in changes)
                    await TellAsync(change);
            }
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

    private async Task TellAsync(ObservedObject observed)
    {
        var change = new ObjectChange(_kind.Kind, observed.Metadata.Key, observed.Version);
        foreach (ChangeTarget target in ChangeRoutes.TargetsOf(_kind, observed.Metadata))
        {
            // One-way: these complete when the message is handed over.
            await (target.Kind switch
            {
                ChangeTargetKind.ModelServing => GrainFactory.GetGrain<IModelServingGrain>(target.Key).NotifyAsync(change),
                ChangeTargetKind.Role => GrainFactory.GetGrain<IRoleGrain>(target.Key).NotifyAsync(change),
                ChangeTargetKind.RoutingTable => GrainFactory.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key).NotifyAsync(change),
                _ => throw new InvalidOperationException($"Unknown target {target.Kind}."),
            });
        }
    }

    [LoggerMessage(EventId = 4010, Level = LogLevel.Error, Message = "The subscription to {Kind} broke; it begins again at the next poke")]
    private partial void LogBroken(string kind, Exception exception);
}
