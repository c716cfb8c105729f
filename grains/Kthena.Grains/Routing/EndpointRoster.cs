using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Model;
using Kthena.Model.Routing;
using Orleans;

namespace Kthena.Grains.Routing;

/// <summary>
/// Tells those who keep something of endpoints who is in the routing table: the grains of the endpoints, the one of their loads, and
/// the prefix cache of each model server. A pod that several model servers select is one endpoint. All of it is one-way: what is lost
/// is said again at the next repetition.
/// </summary>
/// <param name="grains">The way to them.</param>
internal sealed class EndpointRoster(IGrainFactory grains)
{
    private readonly SortedDictionary<string, EngineEndpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly SortedDictionary<NamespacedName, ImmutableArray<string>> _servers = [];

    /// <summary>Tells what changed.</summary>
    /// <param name="table">The table.</param>
    public async Task ChangeAsync(RoutingSnapshot table)
    {
        EngineEndpoint[] before = [.. _endpoints.Values];
        NamespacedName[] serversBefore = [.. _servers.Keys];
        _endpoints.Clear();
        _servers.Clear();
        foreach (RoutedServer server in table.Servers)
        {
            _servers[server.Key] = [.. server.Endpoints.Select(static endpoint => endpoint.Uid)];
            foreach (EngineEndpoint endpoint in server.Endpoints)
                _endpoints.TryAdd(endpoint.Uid, endpoint);
        }
        foreach (EngineEndpoint gone in before.Where(endpoint => !_endpoints.ContainsKey(endpoint.Uid)))
            await Grain(gone).ForgetAsync(gone.Uid);
        foreach (NamespacedName gone in serversBefore.Where(server => !_servers.ContainsKey(server)))
            await Cache(gone).RetainAsync([]);
        await RepeatAsync();
    }

    /// <summary>Tells everybody again.</summary>
    public async Task RepeatAsync()
    {
        await grains.GetGrain<IEndpointLoadsGrain>(IEndpointLoadsGrain.Key).RetainAsync([.. _endpoints.Keys]);
        foreach (EngineEndpoint endpoint in _endpoints.Values.ToArray())
            await Grain(endpoint).FollowAsync(endpoint);
        foreach ((NamespacedName server, ImmutableArray<string> live) in _servers.ToArray())
            await Cache(server).RetainAsync(live);
    }

    private IEndpointGrain Grain(EngineEndpoint endpoint) => grains.GetGrain<IEndpointGrain>(endpoint.Pod.ToString());

    private IPrefixCacheGrain Cache(NamespacedName server) => grains.GetGrain<IPrefixCacheGrain>(server.ToString());
}
