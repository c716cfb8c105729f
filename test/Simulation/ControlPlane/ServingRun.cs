using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Contracts.Serving;
using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Definitions;
using Kthena.Embedded.Simulation;
using Kthena.Grains.Bridge;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Silo;
using Kthena.Silo.Cluster;
using Kthena.Simulation.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Kthena.Simulation.ControlPlane;

/// <summary>
/// One ModelServing on three silos and an API server, while the user changes its mind, pods fail, silos crash and the API server
/// answers badly. <see cref="RuleBook"/> holds the rules; in the end everything is as the user asked last, and nobody writes.
/// </summary>
internal sealed class ServingRun : IDisposable
{
    private const int PodsOfGroup = 2;
    private const int ReplicasMax = 4;
    private const int SurgeGroups = 1;
    private static readonly NamespacedName Key = new("default", "ms");
    private static readonly TimeSpan FaultyTime = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan TimeToConverge = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SettlingTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan SteadyTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(40);
    private static readonly Lazy<ImmutableArray<ReadOnlyMemory<byte>>> Definitions = new(ShippedDefinitions.Read);

    private readonly SimulatedCluster _cluster;
    private readonly SimulatedProcess _serverProcess;
    private readonly RuleBook _rules;
    private readonly ApiFaults _faults;
    private readonly Random _chance;
    private readonly Mistake _mistake;
    private ApiServer? _server;
    private KubernetesClient? _user;
    private int _replicas = 2;
    private int _image = 1;

    private ServingRun(int seed, Mistake mistake)
    {
        _mistake = mistake;
        var drawn = new Random(seed);
        _faults = ApiFaults.Draw(drawn);
        _cluster = new SimulatedCluster(seed, new SimulationOptions
        {
            Faults = SimulationFaults.Draw(drawn) with { ActiveFor = FaultyTime },
            BuildServices = static services => services.BuildServiceProvider(),
            ConfigureSilo = Configure,
            RunBeside = RunBesideAsync,
        });
        _chance = _cluster.Driver.Chance;
        _serverProcess = _cluster.Driver.AddProcess("api-server");
        _rules = new RuleBook { Broken = _cluster.Driver.Fail, Created = StartPod, PodsMax = (ReplicasMax + SurgeGroups) * PodsOfGroup };
    }

    private string Image => $"registry.invalid/engine:{_image}";

    /// <summary>Runs one seed.</summary>
    public static RunReport Run(int seed, Mistake mistake)
    {
        using var run = new ServingRun(seed, mistake);
        return RunReport.Of(run._cluster, () => run._cluster.Run(run.PlayAsync, Longest));
    }

    public void Dispose() => _user?.Dispose();

    private void Configure(Orleans.Hosting.ISiloBuilder silo, SimulatedProcess process)
    {
        silo.Services.AddSingleton<ILoggerFactory>(new RunLog(process.Time, process.Name));
        silo.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        silo.Services.AddKthenaSiloServices(new SiloOptions
        {
            Transport = new LateTransport(() => new FaultyTransport(
                _server!, _serverProcess, process, _faults, _chance, () => _cluster.IsCalm)
            { Mistake = Spoil }),
            Chance = () => new Random(_chance.Next()),
        });
    }

    /// <summary>What the silo's hosted services do.</summary>
    private async Task RunBesideAsync(IServiceProvider services, SimulatedProcess process)
    {
        while (_server is null)
            await Task.Delay(TimeSpan.FromMilliseconds(100), process.Time);
        var grains = services.GetRequiredService<IGrainFactory>();
        Task informers = services.GetRequiredService<InformerSet>().RunAsync(CancellationToken.None);
        Task events = services.GetRequiredService<EventRecorder>().RunAsync(CancellationToken.None);
        while (!informers.IsFaulted && !events.IsFaulted)
        {
            await Task.WhenAll(ChangeRoutes.Kinds.Select(kind => PokeAsync(grains, kind)));
            await Task.Delay(services.GetRequiredService<SiloOptions>().PokeInterval, process.Time);
        }
        await Task.WhenAll(informers, events);
    }

    private static async Task PokeAsync(IGrainFactory grains, ResourceKind kind)
    {
        try
        {
            await grains.GetGrain<IKubernetesBridgeGrain>(kind.Kind).PokeAsync();
        }
        catch (TimeoutException)
        {
            // The next poke is the remedy.
        }
    }

    private async Task PlayAsync()
    {
        _server = await _serverProcess.Start(() => ApiServer.StartAsync(new ApiServerOptions
        {
            Time = _serverProcess.Time,
            Identifiers = new RandomIdentifiers(new Random(_chance.Next())),
            Journal = _rules,
            Definitions = Definitions.Value,
            HistoryLength = _chance.Next(2) == 0 ? 64 : ApiServerOptions.HistoryLengthDefault,
        }));
        _ = _serverProcess.Start(() => _server.RunControllersAsync(CancellationToken.None));
        SimulatedProcess world = _cluster.Driver.World;
        _user = new KubernetesClient(
            new FaultyTransport(_server, _serverProcess, world, new ApiFaults(), _chance, static () => true), world.Time);
        await _user.CreateAsync(ResourceKinds.ModelServing, Key.Namespace, Manifest(), CancellationToken.None);
        await ChangeMindsAsync();
        await _cluster.UntilCalmAsync();
        DateTimeOffset end = world.Time.GetUtcNow() + TimeToConverge;
        while (Difference() is { } difference)
        {
            if (world.Time.GetUtcNow() > end)
                throw new RuleBrokenException($"not converged {TimeToConverge} after the last fault: {difference}");
            await Task.Delay(TimeSpan.FromSeconds(5), world.Time);
        }
        // What is known of the last change may still be written down.
        await Task.Delay(SettlingTime, world.Time);
        int writes = _rules.Writes;
        await Task.Delay(SteadyTime, world.Time);
        if (_rules.Writes != writes)
            throw new RuleBrokenException($"{_rules.Writes - writes} writes in the steady state");
    }

    /// <summary>The user scales and rolls out, and pods fail, while faults come.</summary>
    private async Task ChangeMindsAsync()
    {
        while (!_cluster.IsCalm)
        {
            await Task.Delay(TimeSpan.FromSeconds(_chance.Next(1, 60)), _cluster.Driver.Time);
            switch (_chance.Next(3))
            {
                case 0:
                    _replicas = _chance.Next(ReplicasMax + 1);
                    break;
                case 1:
                    _image++;
                    break;
                default:
                    if (_rules.Pods.Where(static pod => pod.IsReady).ToArray() is { Length: > 0 } ready)
                        await ReportAsync(ready[_chance.Next(ready.Length)], "Failed");
                    continue;
            }
            await _user!.PatchAsync(ResourceKinds.ModelServing, Key, KubernetesPatch.Merge(Spec()), CancellationToken.None);
        }
    }

    private string? Difference()
    {
        JsonNode? status = _rules.Serving?["status"];
        string[] wrong =
        [
            .. _rules.Pods.Where(pod => !pod.IsReady || pod.Image != Image).Select(static pod => pod.ToString()),
            .. _rules.Pods.Count == _replicas * PodsOfGroup ? Array.Empty<string>() : [$"{_rules.Pods.Count} pods for {_replicas} groups"],
            .. ((int?)status?["availableReplicas"] ?? 0) == _replicas ? Array.Empty<string>() : [$"status {status?.ToJsonString()}"],
            .. (string?)_rules.Serving?["metadata"]?["annotations"]?[ServingLabels.Operations] is { } left ? [$"recorded {left}"] : Array.Empty<string>(),
        ];
        return wrong.Length == 0 ? null : string.Join("; ", wrong);
    }

    /// <summary>Plays the pod's node: it becomes ready after a while, if it still exists.</summary>
    private void StartPod(ObservedPod pod) => _cluster.Driver.World.After(
        TimeSpan.FromMilliseconds(_chance.Next(100, 5000)),
        () => _cluster.Driver.World.Start(() => ReportAsync(pod, "Running")));

    private async Task ReportAsync(ObservedPod pod, string phase)
    {
        bool isReady = phase == "Running";
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Uid },
            ["status"] = new JsonObject
            {
                ["phase"] = phase,
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "Ready",
                    ["status"] = isReady ? "True" : "False",
                    ["lastTransitionTime"] = _cluster.Driver.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null),
                }),
            },
        };
        try
        {
            await _user!.PatchAsync(
                ResourceKinds.Pod, new NamespacedName(Key.Namespace, pod.Name), KubernetesPatch.Merge(patch), CancellationToken.None, subresource: "status");
        }
        catch (KubernetesApiException error) when (error.IsNotFound || error.IsConflict)
        {
            // It is gone, or another has its name.
        }
    }

    private KubernetesRequest Spoil(KubernetesRequest request) => (_mistake, request.Method) switch
    {
        (Mistake.DeleteByNameAlone, "DELETE") => request with { Body = default, ContentType = null },
        (Mistake.DeletionsLost, "DELETE") => request with { Method = "GET", Body = default, ContentType = null },
        _ => request,
    };

    private RawJson Manifest() => new(Encoding.UTF8.GetBytes(new JsonObject
    {
        ["apiVersion"] = "workload.serving.volcano.sh/v1alpha1",
        ["kind"] = "ModelServing",
        ["metadata"] = new JsonObject
        {
            ["name"] = Key.Name,
            ["namespace"] = Key.Namespace,
            // The wait of a drain hides how close a delete comes to the pod that follows; without it faults have more to break.
            ["annotations"] = new JsonObject { [ServingLabels.DrainSeconds] = "0" },
        },
        ["spec"] = Spec()["spec"]!.DeepClone(),
    }.ToJsonString()));

    private JsonObject Spec()
    {
        JsonObject Pod() => new() { ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = Image }) } };
        return new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["replicas"] = _replicas,
                ["schedulerName"] = "default-scheduler",
                ["template"] = new JsonObject
                {
                    ["roles"] = new JsonArray(new JsonObject
                    {
                        ["name"] = "engine",
                        ["replicas"] = 1,
                        ["workerReplicas"] = PodsOfGroup - 1,
                        ["entryTemplate"] = Pod(),
                        ["workerTemplate"] = Pod(),
                    }),
                },
            },
        };
    }
}
