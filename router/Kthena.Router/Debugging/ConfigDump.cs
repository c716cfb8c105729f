using System.Collections.Frozen;
using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Router.Tables;

namespace Kthena.Router.Debugging;

/// <summary>What the router routes by, in the shape of upstream's config dump: an empty list is <c>null</c>.</summary>
/// <param name="table">The table in force.</param>
internal sealed class ConfigDump(LiveTable table)
{
    /// <summary>The kinds by their plural, with the names that answers use.</summary>
    public static readonly FrozenDictionary<string, string> Kinds = new Dictionary<string, string>
    {
        ["modelroutes"] = "ModelRoute",
        ["modelservers"] = "ModelServer",
        ["pods"] = "Pod",
        ["gateways"] = "Gateway",
        ["httproutes"] = "HTTPRoute",
        ["inferencepools"] = "InferencePool",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public byte[] List(string kind) => JsonBytes.Of(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName(kind);
        List<Action<Utf8JsonWriter>> items = [.. Items(kind).Select(static item => item.Write)];
        if (items.Count == 0)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStartArray();
            items.ForEach(write => write(json));
            json.WriteEndArray();
        }
        json.WriteEndObject();
    });

    public byte[]? Find(string kind, string space, string name)
    {
        var key = new NamespacedName(space, name);
        if (kind == "pods")
            return Pods().FirstOrDefault(pod => pod.Key == key) is { } pod ? JsonBytes.Of(json => Write(json, pod, isAlone: true)) : null;
        return Items(kind).Where(item => item.Key == key).Select(static item => JsonBytes.Of(item.Write)).FirstOrDefault();
    }

    private IEnumerable<(NamespacedName Key, Action<Utf8JsonWriter> Write)> Items(string kind) => kind switch
    {
        "modelroutes" => table.Routes.Snapshot.Routes.Select(static route => (route.Key, (Action<Utf8JsonWriter>)(json => Write(json, route)))),
        "modelservers" => table.Routes.Snapshot.Servers.Select(static server => (server.Key, (Action<Utf8JsonWriter>)(json => Write(json, server)))),
        "pods" => Pods().Select(static pod => (pod.Key, (Action<Utf8JsonWriter>)(json => Write(json, pod, isAlone: false)))),
        // This router knows no Gateways, HTTPRoutes or InferencePools.
        _ => [],
    };

    private IEnumerable<DumpedPod> Pods() => table.Servers
        .SelectMany(static server => server.Endpoints.Select(endpoint => (Server: server, Endpoint: endpoint)))
        .GroupBy(static item => item.Endpoint.View.Pod)
        .OrderBy(static group => group.Key)
        .Select(static group => new DumpedPod(
            group.Key,
            group.First().Endpoint.View,
            group.First().Endpoint.Load,
            group.First().Server.Compiled.View.Spec.InferenceEngine,
            [.. group.Select(static item => item.Server.Compiled.View.Key)],
            group.Sum(static item => item.Endpoint.InFlight)));

    private static void Write(Utf8JsonWriter json, RoutedModel route)
    {
        json.WriteStartObject();
        WriteKey(json, route.Key);
        json.WritePropertyName("spec"u8);
        SpecJson.Write(json, route.Spec);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RoutedServer server)
    {
        json.WriteStartObject();
        WriteKey(json, server.Key);
        json.WritePropertyName("spec"u8);
        SpecJson.Write(json, server.Spec);
        WritePods(json, "associatedPods", server.Endpoints);
        WritePods(json, "decodePods", server.Endpoints.Where(static endpoint => endpoint.Phase == EndpointPhase.Decode));
        WritePods(json, "prefillPods", server.Endpoints.Where(static endpoint => endpoint.Phase == EndpointPhase.Prefill));
        json.WriteEndObject();
    }

    private static void WritePods(Utf8JsonWriter json, string name, IEnumerable<EngineEndpoint> endpoints)
    {
        string[] pods = [.. endpoints.Select(static endpoint => endpoint.Pod.ToString())];
        if (pods.Length == 0)
            return;
        json.WriteStartArray(name);
        foreach (string pod in pods)
            json.WriteStringValue(pod);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, DumpedPod pod, bool isAlone)
    {
        json.WriteStartObject();
        WriteKey(json, pod.Key);
        json.WriteString("engine"u8, pod.Engine);
        json.WriteStartArray("models"u8);
        foreach (string model in pod.Load?.Models ?? [])
            json.WriteStringValue(model);
        json.WriteEndArray();
        json.WriteStartArray("modelServers"u8);
        foreach (NamespacedName server in pod.Servers)
            json.WriteStringValue(server.ToString());
        json.WriteEndArray();
        WriteMetrics(json, pod.Load);
        json.WriteNumber("inFlight"u8, pod.InFlight);
        if (isAlone)
        {
            json.WriteStartObject("podInfo"u8);
            json.WriteString("podIP"u8, pod.View.Address);
            json.WriteString("nodeName"u8, pod.View.NodeName);
            // Pods in any other phase are not in the table.
            json.WriteString("phase"u8, "Running"u8);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>What the engine last said; upstream has zeros too until it says something.</summary>
    private static void WriteMetrics(Utf8JsonWriter json, EndpointLoad? load)
    {
        json.WriteStartObject("metrics"u8);
        json.WriteNumber("gpuCacheUsage"u8, load?.KvUsage ?? 0);
        json.WriteNumber("requestWaitingNum"u8, load?.Waiting ?? 0);
        json.WriteNumber("requestRunningNum"u8, load?.Running ?? 0);
        json.WriteNumber("tpot"u8, load?.TimePerOutputToken ?? 0);
        json.WriteNumber("ttft"u8, load?.TimeToFirstToken ?? 0);
        json.WriteEndObject();
    }

    private static void WriteKey(Utf8JsonWriter json, NamespacedName key)
    {
        json.WriteString("name"u8, key.Name);
        json.WriteString("namespace"u8, key.Namespace);
    }

    private sealed record DumpedPod(NamespacedName Key, EngineEndpoint View, EndpointLoad? Load, string Engine, NamespacedName[] Servers, int InFlight);
}
