using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Simulation;
using Kthena.Grains.Tests.Gang;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Simulation.Runs;

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
    private const int MaxUnavailable = 1;
    private const string ServingGrain = "ModelServingGrain";
    private const string GroupGrain = "ServingGroupGrain";
    private const string RoleGrain = "RoleGrain";
    private static readonly NamespacedName Key = new("default", "ms");
    private static readonly TimeSpan FaultyTime = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan TimeToConverge = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SettlingTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan SteadyTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(40);

    private readonly SimulatedPlatform _platform;
    private readonly RuleBook _rules;
    private readonly Mistake _mistake;
    private readonly int _drainSeconds;
    private readonly bool _podsFail;
    private readonly bool _hasVolcano;
    private int _doubledServings;
    private int _doubledChildren;
    private int _replicas = 2;
    private int _image = 1;

    private ServingRun(int seed, Mistake mistake, int drainSeconds, bool hasVolcano)
    {
        (_mistake, _drainSeconds, _hasVolcano) = (mistake, drainSeconds, hasVolcano);
        // Where pods fail by themselves too, the budget cannot be told from what is left.
        _podsFail = seed % 2 == 0;
        _rules = new RuleBook(PreparedJournal.Records)
        {
            Broken = failure => _platform!.Cluster.Driver.Fail(failure),
            Created = StartPod,
            PodGroups = hasVolcano ? new PodGroupRule() : null,
            PodsMax = (ReplicasMax + SurgeGroups) * PodsOfGroup,
            Budget = _podsFail ? null : new BudgetRule(PodsOfGroup, MaxUnavailable, () => _platform!.Now),
        };
        _platform = new SimulatedPlatform(seed, FaultyTime, _rules) { Spoil = Spoil };
    }

    private string Image => $"registry.invalid/engine:{_image}";

    private SimulatedCluster Cluster => _platform.Cluster;

    private Random Chance => _platform.Chance;

    /// <summary>Runs one seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="mistake">A planted mistake.</param>
    /// <param name="drainSeconds">How long a pod may end its requests before it is deleted.</param>
    /// <param name="hasVolcano">Whether groups want PodGroups, and Volcano comes and goes.</param>
    public static RunReport Run(int seed, Mistake mistake, int drainSeconds = 0, bool hasVolcano = false)
    {
        using var run = new ServingRun(seed, mistake, drainSeconds, hasVolcano);
        RunReport report = RunReport.Of(run.Cluster, () => run.Cluster.Run(run.PlayAsync, Longest));
        ApiFaultCounts api = run._platform.FaultCounts;
        (string, int)[] counts =
        [
            ("crashes", run.Cluster.Crashes),
            ("pauses", run.Cluster.Pauses),
            ("doubled grains", run.Cluster.Duplicates),
            ("doubled ModelServings", run._doubledServings),
            .. hasVolcano ? [("doubled groups and roles", run._doubledChildren), ("turns of Volcano", run._rules.PodGroups!.Turns)] : Array.Empty<(string, int)>(),
            ("lost requests", run.Cluster.RequestsLost),
            ("lost replies", run.Cluster.RepliesLost),
            .. api.All,
            ("disruptions", run._rules.Budget?.Disruptions ?? 0),
        ];
        return report with { Faults = $"{report.Faults}, {run._doubledServings} of them ModelServings; API: {api}", Counts = counts };
    }

    public void Dispose() => _platform.Dispose();

    private async Task PlayAsync()
    {
        await _platform.StartServerAsync();
        if (_hasVolcano && Chance.Next(2) == 0)
            await TurnVolcanoAsync();
        await _platform.User.CreateAsync(ResourceKinds.ModelServing, Key.Namespace, Manifest(), CancellationToken.None);
        Task doubling = DoubleServingAsync();
        await ChangeMindsAsync();
        await doubling;
        await Cluster.UntilCalmAsync();
        DateTimeOffset end = _platform.Now + TimeToConverge;
        while (Difference() is { } difference)
        {
            if (_platform.Now > end)
                throw new RuleBrokenException($"not converged {TimeToConverge} after the last fault: {difference}");
            await _platform.DelayAsync(TimeSpan.FromSeconds(5));
        }
        // What is known of the last change may still be written down.
        await _platform.DelayAsync(SettlingTime);
        int writes = _rules.Writes;
        await _platform.DelayAsync(SteadyTime);
        if (_rules.Writes != writes)
            throw new RuleBrokenException($"{_rules.Writes - writes} writes in the steady state");
    }

    /// <summary>The ModelServing is active on two silos for a while, each with a cache of its own age.</summary>
    private async Task DoubleServingAsync()
    {
        while (!Cluster.IsCalm)
        {
            await _platform.DelayAsync(TimeSpan.FromSeconds(Chance.Next(10, 60)));
            if (!Cluster.IsCalm && Cluster.Duplicate(ServingGrain))
                _doubledServings++;
            // Those below tell it what they see, each with a cache of its own age.
            if (_hasVolcano && !Cluster.IsCalm && Cluster.Duplicate(Chance.Next(2) == 0 ? RoleGrain : GroupGrain))
                _doubledChildren++;
        }
    }

    /// <summary>The user scales and rolls out, and pods fail, while faults come.</summary>
    private async Task ChangeMindsAsync()
    {
        while (!Cluster.IsCalm)
        {
            await _platform.DelayAsync(TimeSpan.FromSeconds(Chance.Next(1, 60)));
            if (_hasVolcano && Chance.Next(4) == 0)
                await TurnVolcanoAsync();
            switch (Chance.Next(3))
            {
                case 0:
                    _replicas = Chance.Next(ReplicasMax + 1);
                    break;
                case 1:
                    _image++;
                    break;
                default:
                    if (_podsFail && _rules.Pods.Where(static pod => pod.IsReady).ToArray() is { Length: > 0 } ready)
                        await ReportAsync(ready[Chance.Next(ready.Length)], "Failed");
                    continue;
            }
            await _platform.User.PatchAsync(ResourceKinds.ModelServing, Key, KubernetesPatch.Merge(Spec()), CancellationToken.None);
        }
    }

    /// <summary>Volcano is installed where it is not, and removed where it is.</summary>
    private Task TurnVolcanoAsync() => _rules.PodGroups!.IsInstalled
        ? VolcanoDefinition.RemoveAsync(_platform.User)
        : VolcanoDefinition.InstallAsync(_platform.User);

    private string? Difference()
    {
        JsonNode? status = _rules.Serving?["status"];
        string[] wrong =
        [
            .. _rules.Pods.Where(pod => !pod.IsReady || pod.Image != Image).Select(static pod => pod.ToString()),
            .. _rules.Pods.Count == _replicas * PodsOfGroup ? Array.Empty<string>() : [$"{_rules.Pods.Count} pods for {_replicas} groups"],
            .. ((int?)status?["availableReplicas"] ?? 0) == _replicas ? Array.Empty<string>() : [$"status {status?.ToJsonString()}"],
            .. _rules.PodGroups?.Difference(_rules.Serving!, _rules.Pods, PodsOfGroup) is { } podGroups ? [podGroups] : Array.Empty<string>(),
            .. (string?)_rules.Serving?["metadata"]?["annotations"]?[ServingLabels.Operations] is { } left ? [$"recorded {left}"] : Array.Empty<string>(),
        ];
        return wrong.Length == 0 ? null : string.Join("; ", wrong);
    }

    /// <summary>Plays the pod's node: it becomes ready after a while, if it still exists.</summary>
    private void StartPod(ObservedPod pod) => Cluster.Driver.World.After(
        TimeSpan.FromMilliseconds(Chance.Next(100, 5000)),
        () => Cluster.Driver.World.Start(() => ReportAsync(pod, "Running")));

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
                    ["lastTransitionTime"] = _platform.Now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null),
                }),
            },
        };
        try
        {
            await _platform.User.PatchAsync(
                ResourceKinds.Pod, new NamespacedName(Key.Namespace, pod.Name), KubernetesPatch.Merge(patch), CancellationToken.None, subresource: "status");
        }
        catch (KubernetesApiException error) when (error.IsNotFound || error.IsConflict)
        {
            // It is gone, or another has its name.
        }
    }

    private KubernetesRequest Spoil(KubernetesRequest request) => (_mistake, request.Method) switch
    {
        (Mistake.PodsOfAnUnstoredRevision, "POST") => Rewrite(request, "pods", json => json["metadata"]!["labels"]![ServingLabels.Revision] = "another"),
        (Mistake.StatusNeverTheSame, "PATCH") => Rewrite(request, "status", json => json["status"]!["observedGeneration"] = Chance.Next(1000)),
        (Mistake.DeleteByNameAlone, "DELETE") => request with { Body = default, ContentType = null },
        (Mistake.DeletionsLost, "DELETE") => request with { Method = "GET", Body = default, ContentType = null },
        _ => request,
    };

    private static KubernetesRequest Rewrite(KubernetesRequest request, string resource, Action<JsonObject> change)
    {
        if (!request.Path.EndsWith($"/{resource}", StringComparison.Ordinal))
            return request;
        JsonObject json = JsonNode.Parse(request.Body.Span)!.AsObject();
        change(json);
        return request with { Body = Encoding.UTF8.GetBytes(json.ToJsonString()) };
    }

    private RawJson Manifest() => new(Encoding.UTF8.GetBytes(new JsonObject
    {
        ["apiVersion"] = "workload.serving.volcano.sh/v1alpha1",
        ["kind"] = "ModelServing",
        ["metadata"] = new JsonObject
        {
            ["name"] = Key.Name,
            ["namespace"] = Key.Namespace,
            // The wait of a drain hides how close a delete comes to the pod that follows; without it faults have more to break.
            ["annotations"] = new JsonObject { [ServingLabels.DrainSeconds] = _drainSeconds.ToString(CultureInfo.InvariantCulture) },
        },
        ["spec"] = Spec()["spec"]!.DeepClone(),
    }.ToJsonString()));

    private JsonObject Spec()
    {
        JsonObject Pod() => new() { ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = Image }) } };
        var spec = new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["replicas"] = _replicas,
                ["schedulerName"] = _hasVolcano ? "volcano" : "default-scheduler",
                ["rolloutStrategy"] = new JsonObject
                {
                    ["type"] = "ServingGroupRollingUpdate",
                    ["rollingUpdateConfiguration"] = new JsonObject
                    {
                        ["maxUnavailable"] = _mistake == Mistake.BudgetTooLarge ? ReplicasMax : MaxUnavailable,
                        ["maxSurge"] = _mistake == Mistake.SurgeTooLarge ? ReplicasMax : 0,
                    },
                },
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
        // A condition tells of it where it cannot be had.
        if (_hasVolcano)
            spec["spec"]!["template"]!["gangPolicy"] = new JsonObject();
        return spec;
    }
}
