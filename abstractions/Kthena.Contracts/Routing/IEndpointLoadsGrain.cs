using System.Collections.Immutable;
using Kthena.Model.Routing;
using Orleans.Concurrency;

namespace Kthena.Contracts.Routing;

/// <summary>The loads of all engines, for routers to follow: one grain, <see cref="Key"/>. Nothing of it is stored.</summary>
[Alias("kthena.IEndpointLoadsGrain")]
public interface IEndpointLoadsGrain : IGrainWithStringKey
{
    /// <summary>The key of the only one.</summary>
    const string Key = "endpoint-loads";

    /// <summary>Says what is known of an engine.</summary>
    /// <param name="load">The load.</param>
    [OneWay, AlwaysInterleave, Alias("report")]
    Task ReportAsync(EndpointLoad load);

    /// <summary>Forgets every engine that is gone.</summary>
    /// <param name="liveEndpointUids">The UIDs of those that are there.</param>
    [OneWay, AlwaysInterleave, Alias("retain")]
    Task RetainAsync(ImmutableArray<string> liveEndpointUids);

    /// <summary>Waits until a load changed.</summary>
    /// <param name="knownVersion">The version that the caller has; 0 for none.</param>
    /// <param name="cancellation">The caller does not wait any more.</param>
    /// <returns>What changed since, or null when nothing did within about 5 seconds or the waiting was cancelled: ask again.</returns>
    [AlwaysInterleave, Alias("wait")]
    Task<EndpointLoads?> WaitForLoadsAsync(long knownVersion, CancellationToken cancellation = default);
}
