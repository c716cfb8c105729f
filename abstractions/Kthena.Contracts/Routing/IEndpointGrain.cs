using Kthena.Model.Routing;
using Orleans.Concurrency;

namespace Kthena.Contracts.Routing;

/// <summary>
/// One engine: scraped once for the whole cluster, its health, its adapters, and what routers have in flight there. Key: the pod,
/// <c>ns/name</c>. It tells <see cref="IEndpointLoadsGrain"/>.
/// </summary>
[Alias("kthena.IEndpointGrain")]
public interface IEndpointGrain : IGrainWithStringKey
{
    /// <summary>Says that the endpoint is in the routing table. Said again now and then: whoever knew may be gone.</summary>
    /// <param name="endpoint">The endpoint.</param>
    [OneWay, AlwaysInterleave, Alias("follow")]
    Task FollowAsync(EngineEndpoint endpoint);

    /// <summary>Says that the endpoint is no longer in the routing table.</summary>
    /// <param name="endpointUid">The pod's UID; another pod under the name is not meant.</param>
    [OneWay, AlwaysInterleave, Alias("forget")]
    Task ForgetAsync(string endpointUid);

    /// <summary>Says what a router has in flight there.</summary>
    /// <param name="inFlight">The count, leased.</param>
    [OneWay, AlwaysInterleave, Alias("hold")]
    Task HoldAsync(RouterInFlight inFlight);
}
