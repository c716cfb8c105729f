using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Routing.Admission;
using Kthena.Routing.Matching;

namespace Kthena.Router.Tables;

/// <summary>The table that requests are routed by. Immutable but for the counts inside; swapped whole.</summary>
/// <param name="routes">The routes.</param>
/// <param name="servers">The model servers.</param>
/// <param name="limits">What is left of the limits of routes that have some.</param>
internal sealed class LiveTable(RouteTable routes, Dictionary<NamespacedName, LiveServer> servers, Dictionary<NamespacedName, RouteLimits> limits)
{
    public static readonly LiveTable Empty = new(RouteTable.Empty, [], []);

    public RouteTable Routes { get; } = routes;

    /// <summary>The answer of <c>GET /v1/models</c>.</summary>
    public byte[] ModelList { get; } = Gateway.ModelList.Write(routes.ModelNames);

    public long Version => Routes.Snapshot.Version;

    /// <summary>Every model server, in no particular order.</summary>
    public IEnumerable<LiveServer> Servers => servers.Values;

    public LiveServer Server(NamespacedName key) => servers[key];

    /// <summary>What is left of a route's limits; null when it has none.</summary>
    public RouteLimits? Limits(NamespacedName route) => limits.Count == 0 ? null : limits.GetValueOrDefault(route);

    public LiveServer? Find(NamespacedName key) => servers.GetValueOrDefault(key);

    /// <summary>Builds the table of a snapshot, and keeps what is known of the endpoints that stay.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="sharesNames">Whether namespaces share model names.</param>
    /// <param name="newMemory">Makes the memory of a model server that was not there before.</param>
    /// <param name="newCache">Makes the way to the prefix cache of such a one.</param>
    public LiveTable Next(
        RoutingSnapshot snapshot, bool sharesNames, Func<PromptMemory> newMemory, Func<NamespacedName, PrefixCacheLink> newCache)
    {
        RouteTable routes = RouteTable.Compile(snapshot, sharesNames, Routes);
        var servers = new Dictionary<NamespacedName, LiveServer>(snapshot.Servers.Length);
        foreach (RoutedServer view in snapshot.Servers)
        {
            LiveServer? before = Find(view.Key);
            PromptMemory memory = before?.Memory ?? newMemory();
            servers[view.Key] = new LiveServer(
                routes.FindServer(view.Key)!,
                [.. view.Endpoints.Select(endpoint => Keep(before, endpoint) ?? new EndpointState(endpoint, memory.Add()))],
                memory,
                before?.Cache ?? newCache(view.Key));
            Forget(before, servers[view.Key]);
        }
        return new LiveTable(routes, servers, KeepLimits(snapshot));
    }

    /// <summary>A route that changed otherwise keeps what is left of its limits; one with other limits begins anew.</summary>
    private Dictionary<NamespacedName, RouteLimits> KeepLimits(RoutingSnapshot snapshot) => snapshot.Routes
        .Where(static route => route.Spec.RateLimit is not null)
        .ToDictionary(
            static route => route.Key,
            route => limits.TryGetValue(route.Key, out RouteLimits? kept) && kept.Limit == route.Spec.RateLimit ? kept : new RouteLimits(route.Spec.RateLimit!));

    private static EndpointState? Keep(LiveServer? before, EngineEndpoint endpoint)
    {
        if (before is null || before.IndexOf(endpoint.Uid) is not (int index and >= 0) || before.Endpoints[index].BaseUrl != endpoint.BaseUrl)
            return null;
        EndpointState kept = before.Endpoints[index];
        kept.View = endpoint;
        return kept;
    }

    private static void Forget(LiveServer? before, LiveServer after)
    {
        foreach (EndpointState endpoint in before?.Endpoints ?? [])
        {
            if (after.IndexOf(endpoint.View.Uid) is not (int index and >= 0) || after.Endpoints[index] != endpoint)
                after.Memory.Remove(endpoint.Number);
        }
    }
}
