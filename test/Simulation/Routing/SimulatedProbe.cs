using Kthena.Grains.Routing;
using Kthena.Model.Routing;
using Kthena.Routing.Engines;

namespace Kthena.Simulation.Routing;

/// <summary>Engines that answer after a while, or not; none of them lies.</summary>
internal sealed class SimulatedProbe(TimeProvider time, Random chance) : IEngineProbe
{
    private const int SilentPercent = 5;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    public async Task<EngineScrape> ScrapeAsync(EngineEndpoint endpoint, bool asksModels, CancellationToken cancellation)
    {
        bool isSilent = chance.Next(100) < SilentPercent;
        await Task.Delay(isSilent ? Timeout : TimeSpan.FromMilliseconds(chance.Next(1, 50)), time, cancellation);
        return isSilent ? EngineScrape.Failed : new EngineScrape(new EngineMetrics { IsEngine = true }, asksModels ? ["model"] : null);
    }
}
