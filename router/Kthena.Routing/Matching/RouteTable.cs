using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;

namespace Kthena.Routing.Matching;

/// <summary>A <see cref="RoutingSnapshot"/> made ready for matching. Immutable: readers take no lock.</summary>
public sealed class RouteTable
{
    /// <summary>A table without routes.</summary>
    public static readonly RouteTable Empty = Compile(RoutingSnapshot.Empty);

    private readonly Dictionary<string, ImmutableArray<CompiledRoute>> _byModel;
    private readonly Dictionary<string, ImmutableArray<CompiledRoute>> _byAdapter;
    private readonly Dictionary<NamespacedName, CompiledServer> _servers;

    private RouteTable(
        RoutingSnapshot snapshot,
        ImmutableArray<CompiledRoute> routes,
        Dictionary<string, ImmutableArray<CompiledRoute>> byModel,
        Dictionary<string, ImmutableArray<CompiledRoute>> byAdapter,
        Dictionary<NamespacedName, CompiledServer> servers)
    {
        (Snapshot, Routes, _byModel, _byAdapter, _servers) = (snapshot, routes, byModel, byAdapter, servers);
        Faults = [.. routes.SelectMany(static route => route.Faults.Select(fault => $"ModelRoute {route.View.Key}: {fault}"))];
        ModelNames = [.. byModel.Keys.Concat(byAdapter.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>What the table was made from.</summary>
    public RoutingSnapshot Snapshot { get; }

    /// <summary>The routes, compiled, oldest first.</summary>
    internal ImmutableArray<CompiledRoute> Routes { get; }

    /// <summary>Every model and adapter that a request can ask for, in ordinal order.</summary>
    public ImmutableArray<string> ModelNames { get; }

    /// <summary>What routes ask for and do not get, a sentence each with its route: expressions that nobody understands, limits that nobody applies.</summary>
    public ImmutableArray<string> Faults { get; }

    /// <summary>Compiles a snapshot.</summary>
    /// <param name="snapshot">The snapshot; its routes are oldest first.</param>
    /// <param name="sharesNamesAcrossNamespaces">
    /// Whether routes of several namespaces may serve one name, as upstream has it. Otherwise the namespace of the oldest route
    /// owns the name, so that nobody takes over another tenant's model.
    /// </param>
    /// <param name="before">The table of before: what is the same in it is not compiled again, for tables come with each pod.</param>
    public static RouteTable Compile(RoutingSnapshot snapshot, bool sharesNamesAcrossNamespaces = false, RouteTable? before = null)
    {
        Dictionary<NamespacedName, CompiledRoute> known = before?.Routes.ToDictionary(static route => route.View.Key) ?? [];
        ImmutableArray<CompiledRoute> routes =
        [
            .. snapshot.Routes.Select(route =>
                known.TryGetValue(route.Key, out CompiledRoute? same) && same.View.IsSameAs(route) ? same : new CompiledRoute(route)),
        ];
        // Routes with parentRefs serve requests that came through their gateway only.
        ImmutableArray<CompiledRoute> reachable = [.. routes.Where(static route => !route.View.Spec.HasParentRefs)];
        return new RouteTable(
            snapshot,
            routes,
            Index(reachable, static spec => spec.ModelName.Length > 0 ? [spec.ModelName] : [], sharesNamesAcrossNamespaces),
            Index(reachable, static spec => spec.LoraAdapters, sharesNamesAcrossNamespaces),
            snapshot.Servers.ToDictionary(static server => server.Key, static server => new CompiledServer(server)));
    }

    /// <summary>A model server by name, or null.</summary>
    /// <param name="key">The ModelServer.</param>
    public CompiledServer? FindServer(NamespacedName key) => _servers.GetValueOrDefault(key);

    /// <summary>Finds where a request goes.</summary>
    /// <typeparam name="THeaders">The kind of headers.</typeparam>
    /// <param name="model">The requested model or adapter.</param>
    /// <param name="path">The path, without the query.</param>
    /// <param name="headers">The headers.</param>
    /// <param name="seed">Decides between weighted targets; advanced by what is drawn.</param>
    public RouteMatch Match<THeaders>(string model, string path, in THeaders headers, ref ulong seed)
        where THeaders : IRequestHeaders
    {
        bool isAdapter = false;
        if (!_byModel.TryGetValue(model, out ImmutableArray<CompiledRoute> candidates))
        {
            isAdapter = true;
            if (!_byAdapter.TryGetValue(model, out candidates))
                return new RouteMatch(RouteOutcome.NoRoute);
        }
        RouteMatch? firstFailure = null;
        foreach (CompiledRoute route in candidates)
        {
            if (route.Choose(model, path, headers, ref seed) is not { } target)
                continue;
            RouteMatch match = Resolve(route, target, isAdapter);
            if (match.Outcome == RouteOutcome.Matched)
                return match;
            firstFailure ??= match;
        }
        return firstFailure ?? new RouteMatch(RouteOutcome.NoRoute);
    }

    private RouteMatch Resolve(CompiledRoute route, TargetModel target, bool isAdapter)
    {
        string ns = route.View.Key.Namespace;
        if (target.ModelServerName is not { } name)
            return new RouteMatch(RouteOutcome.ProviderMissing, route.View, new NamespacedName(ns, target.ExternalModelProviderName ?? ""));
        var key = new NamespacedName(ns, name);
        return _servers.TryGetValue(key, out CompiledServer? server)
            ? new RouteMatch(RouteOutcome.Matched, route.View, key, server, isAdapter)
            : new RouteMatch(RouteOutcome.ServerMissing, route.View, key);
    }

    private static Dictionary<string, ImmutableArray<CompiledRoute>> Index(
        ImmutableArray<CompiledRoute> routes, Func<ModelRouteSpec, ImmutableArray<string>> names, bool sharesNames)
    {
        var index = new Dictionary<string, ImmutableArray<CompiledRoute>>(StringComparer.Ordinal);
        foreach (CompiledRoute route in routes)
        {
            foreach (string name in names(route.View.Spec))
            {
                if (!index.TryGetValue(name, out ImmutableArray<CompiledRoute> older))
                    index[name] = [route];
                else if (sharesNames || older[0].View.Key.Namespace == route.View.Key.Namespace)
                    index[name] = older.Add(route);
            }
        }
        return index;
    }
}
