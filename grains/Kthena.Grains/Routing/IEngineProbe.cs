using Kthena.Model.Routing;
using Kthena.Routing.Engines;

namespace Kthena.Grains.Routing;

/// <summary>The way to the engines.</summary>
public interface IEngineProbe
{
    /// <summary>Asks an engine for its metrics and, if wanted, its models. Ends within some seconds and never throws for what the engine does.</summary>
    /// <param name="endpoint">The engine.</param>
    /// <param name="asksModels">Whether to ask for its models.</param>
    /// <param name="cancellation">Nobody waits any more.</param>
    Task<EngineScrape> ScrapeAsync(EngineEndpoint endpoint, bool asksModels, CancellationToken cancellation);
}
