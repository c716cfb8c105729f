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
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ChangeRoutes.Kinds.Select(kind => PokeAsync(kind, stoppingToken)));

    /// <summary>Each bridge by itself: one whose silo is dying, and which does not answer yet, keeps no other waiting.</summary>
    private async Task PokeAsync(ResourceKind kind, CancellationToken stopping)
    {
        try
        {
            while (true)
                await Task.Delay(await AnswersAsync(kind) ? options.PokeInterval : options.PokeRetryDelay, time, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The other silos go on.
        }
    }

    private async Task<bool> AnswersAsync(ResourceKind kind)
    {
        try
        {
            await grains.GetGrain<IKubernetesBridgeGrain>(kind.Kind).PokeAsync();
            return true;
        }
        catch (Exception exception)
        {
            // Whatever is wrong, the next poke is the remedy: its silo died, and it begins on another one.
            LogNoAnswer(kind.Kind, exception);
            return false;
        }
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "The bridge of {Kind} did not answer; it is called again")]
    private partial void LogNoAnswer(string kind, Exception exception);
}
