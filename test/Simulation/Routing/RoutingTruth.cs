using System.Text.Json;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;

namespace Kthena.Simulation.Routing;

/// <summary>
/// Sees every commit of the API server, and says of a routing table what in it is older than it may be. Objects of different kinds
/// reach the table at different times, so each is held against its own history.
/// </summary>
internal sealed class RoutingTruth : IObjectJournal
{
    private readonly MemoryJournal _journal = new();
    private readonly Func<DateTimeOffset> _now;
    private readonly SortedDictionary<NamespacedName, (Pod Pod, Lifetime Serves)> _pods = [];
    private readonly SortedDictionary<string, Lifetime> _endpoints = new(StringComparer.Ordinal);
    private readonly SortedDictionary<NamespacedName, (ModelServer Server, Lifetime Exists)> _servers = [];
    private readonly SortedDictionary<string, Lifetime> _versions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<NamespacedName, (string Version, Lifetime Exists)> _routes = [];

    /// <summary>Creates the truth over a journal that holds something already.</summary>
    /// <param name="stored">What it holds.</param>
    /// <param name="now">The time.</param>
    public RoutingTruth(IReadOnlyList<JournalRecord> stored, Func<DateTimeOffset> now)
    {
        _now = now;
        _journal.CommitAsync(stored);
    }

    /// <summary>The pods that take requests now.</summary>
    public IReadOnlyList<Pod> Serving => [.. _pods.Values.Select(static entry => entry.Pod)];

    public IReadOnlyList<ModelServer> Servers => [.. _servers.Values.Select(static entry => entry.Server)];

    public IReadOnlyList<NamespacedName> Routes => [.. _routes.Keys];

    public Task CommitAsync(IReadOnlyList<JournalRecord> records)
    {
        foreach (JournalRecord record in records)
        {
            NamespacedName? key = KeyOf(record);
            if (key is { } pod && record.Space == ResourceKinds.Pod.ToString())
                OnPod(pod, record.Value is { } value ? Pod.Parse(Json(value)) : null);
            else if (key is { } server && record.Space == ResourceKinds.ModelServer.ToString())
                OnServer(server, record.Value is { } value ? ModelServer.Parse(Json(value)) : null);
            else if (key is { } route && record.Space == ResourceKinds.ModelRoute.ToString())
                OnRoute(route, record.Value is { } value ? ModelRoute.Parse(Json(value)) : null);
        }
        return _journal.CommitAsync(records);
    }

    public IReadOnlyList<JournalRecord> ReadAll() => _journal.ReadAll();

    /// <summary>Whether someone who is at most so far behind may still know the endpoint.</summary>
    public bool MayBeBelieved(string endpointUid, TimeSpan lag) =>
        _endpoints.TryGetValue(endpointUid, out Lifetime? serves) && serves.MayBeBelieved(_now(), lag);

    /// <summary>Whether an endpoint has been served for longer than this without a break.</summary>
    public bool IsRoutedFor(string endpointUid, TimeSpan time)
    {
        DateTimeOffset now = _now();
        return _pods.Values.FirstOrDefault(entry => entry.Pod.Metadata.Uid == endpointUid) is { Pod: { } pod, Serves: { } serves }
            && serves.MustBeKnown(now, time)
            && _servers.Values.Any(server => server.Exists.MustBeKnown(now, time) && pod.Metadata.Labels.Matches(server.Server.Spec.WorkloadSelector));
    }

    /// <summary>What in a table is older than allowed, or missing for longer; null when nothing is.</summary>
    /// <param name="table">The table.</param>
    /// <param name="lag">How far it may be behind.</param>
    public string? Difference(RoutingSnapshot table, TimeSpan lag)
    {
        DateTimeOffset now = _now();
        foreach (RoutedModel route in table.Routes)
        {
            if (!MayBeBelieved("route", route.Key, route.ResourceVersion, lag))
                return $"route {route.Key} is of version {route.ResourceVersion}";
        }
        foreach ((NamespacedName key, (string Version, Lifetime Exists) route) in _routes)
        {
            if (route.Exists.MustBeKnown(now, lag) && !table.Routes.Any(known => known.Key == key))
                return $"route {key} is missing";
        }
        foreach (RoutedServer server in table.Servers)
        {
            if (!MayBeBelieved("server", server.Key, server.ResourceVersion, lag))
                return $"server {server.Key} is of version {server.ResourceVersion}";
            foreach (EngineEndpoint endpoint in server.Endpoints)
            {
                if (!MayBeBelieved(endpoint.Uid, lag))
                    return $"{endpoint.Pod} ({endpoint.Uid}) is still an endpoint of {server.Key}";
            }
        }
        foreach ((NamespacedName key, (ModelServer Server, Lifetime Exists) server) in _servers)
        {
            if (!server.Exists.MustBeKnown(now, lag))
                continue;
            if (table.Servers.FirstOrDefault(known => known.Key == key) is not { } routed)
                return $"server {key} is missing";
            foreach ((Pod pod, Lifetime serves) in _pods.Values)
            {
                if (serves.MustBeKnown(now, lag)
                    && pod.Metadata.Labels.Matches(server.Server.Spec.WorkloadSelector)
                    && !routed.Endpoints.Any(known => known.Uid == pod.Metadata.Uid))
                {
                    return $"{pod.Metadata.Key} ({pod.Metadata.Uid}) is no endpoint of {key} yet";
                }
            }
        }
        return null;
    }

    private bool MayBeBelieved(string kind, NamespacedName key, string version, TimeSpan lag) =>
        _versions.TryGetValue($"{kind} {key} {version}", out Lifetime? lifetime) && lifetime.MayBeBelieved(_now(), lag);

    private static JsonElement Json(ReadOnlyMemory<byte> value) => JsonElement.Parse(value.Span);

    private static NamespacedName? KeyOf(JournalRecord record)
    {
        int slash = record.Key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? null : new NamespacedName(record.Key[..slash], record.Key[(slash + 1)..]);
    }

    private void OnPod(NamespacedName key, Pod? pod)
    {
        bool serves = pod is { IsServing: true, PodIP.Length: > 0 };
        if (_pods.TryGetValue(key, out (Pod Pod, Lifetime Serves) before) && (!serves || before.Pod.Metadata.Uid != pod!.Metadata.Uid))
        {
            before.Serves.Until = _now();
            _pods.Remove(key);
        }
        if (!serves || _pods.ContainsKey(key))
            return;
        var lifetime = new Lifetime(_now());
        _pods[key] = (pod!, lifetime);
        _endpoints[pod!.Metadata.Uid] = lifetime;
    }

    private void OnServer(NamespacedName key, ModelServer? server)
    {
        bool wasThere = _servers.Remove(key, out (ModelServer Server, Lifetime Exists) before);
        if (wasThere)
            End("server", key, before.Server.Metadata.ResourceVersion);
        if (server is not { Metadata.DeletionTimestamp: null })
            return;
        // A change of what it selects begins a new life as far as its endpoints are concerned.
        _servers[key] = (server, new Lifetime(_now()));
        _versions[$"server {key} {server.Metadata.ResourceVersion}"] = new Lifetime(_now());
    }

    private void OnRoute(NamespacedName key, ModelRoute? route)
    {
        bool wasThere = _routes.Remove(key, out (string Version, Lifetime Exists) before);
        if (wasThere)
            End("route", key, before.Version);
        if (route is not { Metadata.DeletionTimestamp: null })
            return;
        _routes[key] = (route.Metadata.ResourceVersion, wasThere ? before.Exists : new Lifetime(_now()));
        _versions[$"route {key} {route.Metadata.ResourceVersion}"] = new Lifetime(_now());
    }

    private void End(string kind, NamespacedName key, string version) => _versions[$"{kind} {key} {version}"].Until = _now();
}
