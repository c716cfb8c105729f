using Kthena.Contracts.Serving;
using Kthena.Grains.Bridge;
using Kthena.Model.Resources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Kthena.Silo.Bridge;

/// <summary>Calls every bridge every few seconds, so that one whose silo died comes back on another.</summary>
/// <param name="grains">Reaches the bridges.</param>
/// <param name="options">How often.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where a bridge that does not answer is told.</param>
internal sealed partial class BridgePoker(IGrainFactory grains, SiloOptions options, TimeProvider time, ILogger<BridgePoker> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var interval = new PeriodicTimer(options.PokeInterval, time);
        do
        {
            await Task.WhenAll(ChangeRoutes.Kinds.Select(PokeAsync));
        }
        while (await interval.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PokeAsync(ResourceKind kind)
    {
        try
        {
            await grains.GetGrain<IKubernetesBridgeGrain>(kind.Kind).PokeAsync();
        }
        catch (Exception exception)
        {
            // Whatever is wrong, the next poke is the remedy.
            LogNoAnswer(kind.Kind, exception);
        }
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "The bridge of {Kind} did not answer; it is called again")]
    private partial void LogNoAnswer(string kind, Exception exception);
}
