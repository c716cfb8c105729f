namespace Kthena.Grains.Serving;

/// <summary>Whether ModelServings are served.</summary>
public sealed class ServingOptions
{
    /// <summary>
    /// Whether grains of ModelServings, of their parts and of LeaderWorkerSets are told of changes. Default: true. To be turned off where
    /// another control plane serves them and only gateways are looked after here; the same in every silo of one cluster.
    /// </summary>
    public bool IsServed { get; set; } = true;
}
