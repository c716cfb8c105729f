using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Routing;

namespace Kthena.Routing.Snapshots;

/// <summary>Tells what changed between two routing tables, and changes one by it.</summary>
public static class RoutingDeltas
{
    /// <summary>What leads from one table to another.</summary>
    /// <param name="before">The table of before.</param>
    /// <param name="after">The table of after.</param>
    public static RoutingDelta Between(RoutingSnapshot before, RoutingSnapshot after)
    {
        Dictionary<NamespacedName, RoutedModel> routes = before.Routes.ToDictionary(static route => route.Key);
        Dictionary<NamespacedName, RoutedServer> servers = before.Servers.ToDictionary(static server => server.Key);
        return new RoutingDelta
        {
            FromVersion = before.Version,
            Version = after.Version,
            Routes = [.. after.Routes.Where(route => !routes.TryGetValue(route.Key, out RoutedModel? known) || !known.IsSameAs(route))],
            GoneRoutes = Gone(before.Routes.Select(static route => route.Key), after.Routes.Select(static route => route.Key)),
            Servers =
            [
                .. after.Servers
                    .Where(server => !servers.TryGetValue(server.Key, out RoutedServer? known) || !known.IsSameAs(server))
                    .Select(server => Between(servers.GetValueOrDefault(server.Key), server)),
            ],
            GoneServers = Gone(before.Servers.Select(static server => server.Key), after.Servers.Select(static server => server.Key)),
        };
    }

    /// <summary>Brings a table up to date.</summary>
    /// <param name="table">The table that somebody has.</param>
    /// <param name="update">What was heard.</param>
    /// <returns>The newest table; null when the update does not follow on this table, so that everything must be asked for.</returns>
    public static RoutingSnapshot? Apply(RoutingSnapshot table, RoutingUpdate update)
    {
        if (update.Whole is not null)
            return update.Whole;
        foreach (RoutingDelta delta in update.Deltas)
        {
            if (delta.FromVersion != table.Version || Apply(table, delta) is not { } next)
                return null;
            table = next;
        }
        return table;
    }

    private static RoutingSnapshot? Apply(RoutingSnapshot table, RoutingDelta delta)
    {
        Dictionary<NamespacedName, RoutedModel> routes = table.Routes.ToDictionary(static route => route.Key);
        foreach (NamespacedName gone in delta.GoneRoutes)
            routes.Remove(gone);
        foreach (RoutedModel route in delta.Routes)
            routes[route.Key] = route;
        Dictionary<NamespacedName, RoutedServer> servers = table.Servers.ToDictionary(static server => server.Key);
        foreach (NamespacedName gone in delta.GoneServers)
            servers.Remove(gone);
        foreach (RoutedServerDelta change in delta.Servers)
        {
            if (Apply(servers.GetValueOrDefault(change.Key), change) is not { } server)
                return null;
            servers[change.Key] = server;
        }
        return new RoutingSnapshot
        {
            Version = delta.Version,
            Routes = [.. routes.Values.OrderBy(static route => route.CreationTimestamp).ThenBy(static route => route.Key)],
            Servers = [.. servers.Values.OrderBy(static server => server.Key)],
        };
    }

    private static RoutedServerDelta Between(RoutedServer? before, RoutedServer after)
    {
        Dictionary<NamespacedName, EngineEndpoint> known = (before?.Endpoints ?? []).ToDictionary(static endpoint => endpoint.Pod);
        return new RoutedServerDelta
        {
            Key = after.Key,
            ResourceVersion = after.ResourceVersion,
            Spec = before?.ResourceVersion == after.ResourceVersion ? null : after.Spec,
            Endpoints = [.. after.Endpoints.Where(endpoint => known.GetValueOrDefault(endpoint.Pod) != endpoint)],
            GonePods = Gone(known.Keys, after.Endpoints.Select(static endpoint => endpoint.Pod)),
        };
    }

    private static RoutedServer? Apply(RoutedServer? before, RoutedServerDelta change)
    {
        if ((change.Spec ?? before?.Spec) is not { } spec)
            return null;
        Dictionary<NamespacedName, EngineEndpoint> endpoints = (before?.Endpoints ?? []).ToDictionary(static endpoint => endpoint.Pod);
        foreach (NamespacedName gone in change.GonePods)
            endpoints.Remove(gone);
        foreach (EngineEndpoint endpoint in change.Endpoints)
            endpoints[endpoint.Pod] = endpoint;
        return new RoutedServer
        {
            Key = change.Key,
            ResourceVersion = change.ResourceVersion,
            Spec = spec,
            Endpoints = [.. endpoints.Values.OrderBy(static endpoint => endpoint.Pod)],
        };
    }

    private static ImmutableArray<NamespacedName> Gone(IEnumerable<NamespacedName> before, IEnumerable<NamespacedName> after) =>
        [.. before.Except(after).Order()];
}
