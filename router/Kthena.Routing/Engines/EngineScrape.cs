using System.Collections.Immutable;

namespace Kthena.Routing.Engines;

/// <summary>What came of asking an engine.</summary>
/// <param name="Metrics">Its metrics; null when it did not answer in time, with success and with an engine's metrics.</param>
/// <param name="Models">What it has loaded, ascending; null when it was not asked or did not say.</param>
public sealed record EngineScrape(EngineMetrics? Metrics, ImmutableArray<string>? Models)
{
    /// <summary>The engine did not answer.</summary>
    public static readonly EngineScrape Failed = new(null, null);
}
