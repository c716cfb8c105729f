using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Grains.Bridge;
using Kthena.Grains.Facts;
using Kthena.Grains.Routing;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Silo.Cluster;
using Kthena.Simulation.ControlPlane;
using Kthena.Simulation.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace Kthena.Simulation.Routing;

/// <summary>
/// Two routers, two model servers and their pods on three silos and an API server, while objects and pods come and go, routers and
/// silos crash, and messages are lost, those of changes always. A table is never stale for longer than its bound, although the word of a change was lost and
/// nothing changes after it; counts in flight run out with their leases; look-ups never name an endpoint that is long gone.
/// </summary>
internal sealed class RoutingRun : IDisposable
{
    private const string Namespace = "default";
    private const int PodsMax = 8;
    private const int Routers = 2;
    private static readonly string[] Apps = ["a", "b"];
    private static readonly TimeSpan FaultyTime = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan HealingTime = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan CalmTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(40);

    private readonly SimulatedPlatform _platform;
    private readonly RoutingTruth _truth;
    private readonly RoutingBounds _bounds;
    private readonly RoutingMistake _mistake;
    private readonly SimulatedRouter?[] _routers = new SimulatedRouter?[Routers];
    private readonly SortedDictionary<(string Endpoint, string Router), DateTimeOffset> _heldByTheDead = [];
    private int _names;
    private bool _isOver;

    private RoutingRun(int seed, RoutingMistake mistake)
    {
        _mistake = mistake;
        _truth = new RoutingTruth(PreparedJournal.Records, () => _platform!.Now);
        _platform = new SimulatedPlatform(seed, FaultyTime, _truth, (services, process) =>
        {
            services.AddSingleton<IEngineProbe>(_ => new SimulatedProbe(process.Time, _platform!.Chance));
            services.AddSingleton<IChangeSource>(provider =>
                new ForgetfulChanges(new InformerChangeSource(provider.GetRequiredService<InformerSet>()), () => _platform!.Chance));
            if (mistake == RoutingMistake.FactsWithoutVersions)
                services.AddSingleton<IClusterFacts>(static provider => new FactsWithoutVersions(new InformerFacts(provider.GetRequiredService<InformerSet>())));
        });
        _bounds = new RoutingBounds(_platform);
    }

    private Random Chance => _platform.Chance;

    /// <summary>Runs one seed.</summary>
    public static RunReport Run(int seed, RoutingMistake mistake)
    {
        using var run = new RoutingRun(seed, mistake);
        return RunReport.Of(run._platform.Cluster, () => run._platform.Cluster.Run(run.PlayAsync, Longest));
    }

    public void Dispose() => _platform.Dispose();

    private async Task PlayAsync()
    {
        await _platform.StartServerAsync();
        foreach (string app in Apps)
            await CreateAsync(ResourceKinds.ModelServer, $"server-{app}", Server(app));
        await CreateAsync(ResourceKinds.ModelRoute, "route", Route());
        Task routers = Task.WhenAll(Enumerable.Range(0, Routers).Select(RunRoutersAsync));
        _ = LookAsync();
        await ChangeAsync(longestPause: 20, () => _platform.Cluster.IsCalm);
        await _platform.Cluster.UntilCalmAsync();
        // Nothing changes here: what was not heard of before is not heard of by chance now.
        await _platform.DelayAsync(HealingTime);
        _bounds.IsStrict = true;
        DateTimeOffset end = _platform.Now + CalmTime;
        await ChangeAsync(longestPause: 10, () => _platform.Now > end);
        await _platform.DelayAsync(_bounds.Leases + TimeSpan.FromSeconds(5));
        _isOver = true;
        await routers;
    }

    /// <summary>Keeps one router after the other alive.</summary>
    private async Task RunRoutersAsync(int place)
    {
        while (!_isOver)
        {
            var router = new SimulatedRouter(
                string.Create(CultureInfo.InvariantCulture, $"router-{place}-{_names++}"), _platform, _truth, _bounds, _mistake);
            _routers[place] = router;
            await router.LiveAsync(TimeSpan.FromSeconds(Chance.Next(10, 120)));
            foreach (((string, string) key, DateTimeOffset at) in router.Held)
                _heldByTheDead[key] = at;
            await _platform.DelayAsync(TimeSpan.FromSeconds(Chance.Next(5)));
        }
    }

    /// <summary>Looks every second whether a rule is broken.</summary>
    private async Task LookAsync()
    {
        while (!_isOver)
        {
            await _platform.DelayAsync(LookInterval);
            foreach (SimulatedRouter router in _routers.OfType<SimulatedRouter>())
            {
                if (Broken(router) is { } rule)
                    _platform.Cluster.Driver.Fail(new RuleBrokenException(rule));
            }
        }
    }

    private string? Broken(SimulatedRouter router)
    {
        if (router.Born + _bounds.Table < _platform.Now && _truth.Difference(router.Table, _bounds.Table) is { } difference)
            return $"the table of {router.Name} is more than {_bounds.Table} behind: {difference}";
        // Nobody follows an endpoint that no server selects, and what was known of it stays as it was.
        var stale =
            from load in router.Loads
            where _truth.IsRoutedFor(load.EndpointUid, _bounds.Leases)
            from count in load.Routers
            where _heldByTheDead.TryGetValue((load.EndpointUid, count.Router), out DateTimeOffset at) && at + _bounds.Leases < _platform.Now
            select $"{router.Name} still counts {count.Count} requests of {count.Router} at {load.EndpointUid}, {_bounds.Leases} after it was heard of last";
        return stale.FirstOrDefault();
    }

    /// <summary>Objects and pods come, change and go.</summary>
    private async Task ChangeAsync(int longestPause, Func<bool> isOver)
    {
        while (!isOver())
        {
            switch (Chance.Next(10))
            {
                case 0:
                    await ChangeServerAsync(Apps[Chance.Next(Apps.Length)]);
                    break;
                case 1:
                    await ChangeRouteAsync();
                    break;
                case < 6 when _truth.Serving is { Count: > 0 } pods:
                    await _platform.User.DeleteAsync(
                        ResourceKinds.Pod, pods[Chance.Next(pods.Count)].Metadata.Key, new DeletionOptions { GracePeriodSeconds = 0 }, CancellationToken.None);
                    break;
                default:
                    if (_truth.Serving.Count < PodsMax)
                        await StartPodAsync();
                    break;
            }
            await _platform.DelayAsync(TimeSpan.FromMilliseconds(Chance.Next(longestPause * 1000)));
        }
    }

    private async Task ChangeServerAsync(string app)
    {
        var key = new NamespacedName(Namespace, $"server-{app}");
        if (!_truth.Servers.Any(server => server.Metadata.Key == key))
            await CreateAsync(ResourceKinds.ModelServer, key.Name, Server(app));
        else if (Chance.Next(2) == 0)
            await _platform.User.DeleteAsync(ResourceKinds.ModelServer, key, null, CancellationToken.None);
        else
            await PatchAsync(ResourceKinds.ModelServer, key, new JsonObject { ["spec"] = new JsonObject { ["model"] = $"org/model-{_names++}" } });
    }

    private async Task ChangeRouteAsync()
    {
        var key = new NamespacedName(Namespace, "route");
        if (_truth.Routes.Count == 0)
            await CreateAsync(ResourceKinds.ModelRoute, key.Name, Route());
        else if (Chance.Next(2) == 0)
            await _platform.User.DeleteAsync(ResourceKinds.ModelRoute, key, null, CancellationToken.None);
        else
            await PatchAsync(ResourceKinds.ModelRoute, key, Route(_names++));
    }

    /// <summary>A pod that serves at once; names come back, as those of a StatefulSet do.</summary>
    private async Task StartPodAsync()
    {
        string app = Apps[Chance.Next(Apps.Length)];
        var key = new NamespacedName(Namespace, $"pod-{app}-{Chance.Next(PodsMax)}");
        if (_truth.Serving.Any(pod => pod.Metadata.Key == key))
            return;
        await CreateAsync(ResourceKinds.Pod, key.Name, new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = app } },
            ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "registry.invalid/engine:1" }) },
        });
        var status = new JsonObject
        {
            ["phase"] = "Running",
            ["podIP"] = string.Create(CultureInfo.InvariantCulture, $"10.0.{_names / 250}.{1 + (_names++ % 250)}"),
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
        };
        await PatchAsync(ResourceKinds.Pod, key, new JsonObject { ["status"] = status }, "status");
    }

    private Task CreateAsync(ResourceKind kind, string name, JsonObject json)
    {
        json["apiVersion"] = kind.Group.Length == 0 ? kind.Version : $"{kind.Group}/{kind.Version}";
        json["kind"] = kind.Kind;
        JsonObject metadata = json["metadata"] as JsonObject ?? [];
        metadata["name"] = name;
        json["metadata"] = metadata;
        return _platform.User.CreateAsync(kind, Namespace, new RawJson(Encoding.UTF8.GetBytes(json.ToJsonString())), CancellationToken.None);
    }

    private Task PatchAsync(ResourceKind kind, NamespacedName key, JsonObject patch, string? subresource = null) =>
        _platform.User.PatchAsync(kind, key, KubernetesPatch.Merge(patch), CancellationToken.None, subresource: subresource);

    private static JsonObject Server(string app) => new()
    {
        ["spec"] = new JsonObject
        {
            ["model"] = "org/model",
            ["inferenceEngine"] = "vLLM",
            ["workloadSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = app } },
            ["workloadPort"] = new JsonObject { ["port"] = 8000 },
        },
    };

    private static JsonObject Route(int rule = 0) => new()
    {
        ["spec"] = new JsonObject
        {
            ["modelName"] = "model",
            ["rules"] = new JsonArray(new JsonObject
            {
                ["name"] = $"rule-{rule}",
                ["targetModels"] = new JsonArray(new JsonObject { ["modelServerName"] = "server-a" }),
            }),
        },
    };
}
