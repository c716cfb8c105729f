using Kthena.Model.Routing;
using Kthena.Model.Serving;
using Orleans.Concurrency;

namespace Kthena.Contracts.Routing;

/// <summary>The routing table of the whole cluster: one grain, <see cref="Key"/>.</summary>
[Alias("kthena.IRoutingTableGrain")]
public interface IRoutingTableGrain : IGrainWithStringKey
{
    /// <summary>The key of the only one.</summary>
    const string Key = "routing-table";

    /// <summary>Says that a ModelRoute, a ModelServer or a pod changed. Only remembered here; the table is rebuilt right after.</summary>
    /// <param name="change">What changed.</param>
    [OneWay, AlwaysInterleave, Alias("notify")]
    Task NotifyAsync(ObjectChange change);

    /// <summary>Waits until there is another version than the one known.</summary>
    /// <param name="knownVersion">The version that the caller has; 0 for none.</param>
    /// <param name="cancellation">The caller does not wait any more.</param>
    /// <returns>The snapshot, or null when nothing changed within about 5 seconds or the waiting was cancelled: ask again.</returns>
    [AlwaysInterleave, Alias("wait")]
    Task<RoutingSnapshot?> WaitForChangeAsync(long knownVersion, CancellationToken cancellation = default);

    /// <summary>Waits like <see cref="WaitForChangeAsync"/>, and tells only what changed where it can.</summary>
    /// <param name="knownVersion">The version that the caller has; 0 for none, or to be told everything.</param>
    /// <param name="cancellation">The caller does not wait any more.</param>
    /// <returns>The way to the newest version, or null when nothing changed within about 5 seconds or the waiting was cancelled: ask again.</returns>
    [AlwaysInterleave, Alias("update")]
    Task<RoutingUpdate?> WaitForUpdateAsync(long knownVersion, CancellationToken cancellation = default);
}
