using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Model.Routing;
using Orleans;

namespace Kthena.Grains.Routing;

/// <summary>Tells the grains of endpoints who is in the routing table. A pod that several model servers select is one endpoint.</summary>
/// <param name="grains">The way to them.</param>
internal sealed class EndpointRoster(IGrainFactory grains)
{
    private readonly SortedDictionary<string, EngineEndpoint> _endpoints = new(StringComparer.Ordinal);

    /// <summary>Tells what changed.</summary>
    /// <param name="table">The table.</param>
    public async Task ChangeAsync(RoutingSnapshot table)
    {
        EngineEndpoint[] before = [.. _endpoints.Values];
        _endpoints.Clear();
        foreach (EngineEndpoint endpoint in table.Servers.SelectMany(static server => server.Endpoints))
            _endpoints.TryAdd(endpoint.Uid, endpoint);
        foreach (EngineEndpoint gone in before.Where(endpoint => !_endpoints.ContainsKey(endpoint.Uid)))
            await Grain(gone).ForgetAsync(gone.Uid);
        await grains.GetGrain<IEndpointLoadsGrain>(IEndpointLoadsGrain.Key).RetainAsync([.. _endpoints.Keys]);
        await RepeatAsync();
    }

    /// <summary>Tells everybody again.</summary>
    public async Task RepeatAsync()
    {
        foreach (EngineEndpoint endpoint in _endpoints.Values.ToArray())
            await Grain(endpoint).FollowAsync(endpoint);
    }

    private IEndpointGrain Grain(EngineEndpoint endpoint) => grains.GetGrain<IEndpointGrain>(endpoint.Pod.ToString());
}
