using System.Text;
using System.Text.Json.Nodes;
using Kthena.Contracts.Serving;
using Kthena.Embedded.Kubernetes.Definitions;
using Kthena.Embedded.Kubernetes.Tests.Host;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Grains.Tests.Serving;

/// <summary>LeaderWorkerSets through API server, bridge, grains and kubectl; the test plays the nodes.</summary>
public sealed class LeaderWorkerSetTests
{
    private static readonly ResourceKind Definitions =
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", IsNamespaced: false);

    private const string Set = """
        { "apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "metadata": { "name": "ms", "namespace": "default", "annotations": { "modelserving.volcano.sh/drain-seconds": "0" } },
          "spec": { "replicas": 2, "leaderWorkerTemplate": { "size": 2,
            "leaderTemplate": { "metadata": { "labels": { "part": "leader" } },
              "spec": { "containers": [ { "name": "c", "image": "registry.invalid/leader:1", "ports": [ { "containerPort": 80 } ] } ] } },
            "workerTemplate": { "spec": { "containers": [ { "name": "c", "image": "registry.invalid/worker:1" } ] } } } } }
        """;

    [Fact]
    public async Task Set_WhoseDefinitionArrivesAtRunTime_IsServedAndReportedAndCollected()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await InstallAsync(platform);
        await CreateAsync(platform, ResourceKinds.LeaderWorkerSet, Set);
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        platform.Pods.Select(static pod => (pod.Metadata.Name, pod.Containers[0].Image)).ShouldBe(
        [
            ("ms-0-default-0-0", "registry.invalid/leader:1"), ("ms-0-default-0-1", "registry.invalid/worker:1"),
            ("ms-1-default-0-0", "registry.invalid/leader:1"), ("ms-1-default-0-1", "registry.invalid/worker:1"),
        ]);
        platform.Pods.Count(static pod => pod.Metadata.Labels["part"] == "leader").ShouldBe(2);
        platform.Pods.ShouldAllBe(static pod => pod.Metadata.Labels["leaderworkerset.sigs.k8s.io/name"] == "ms"
            && pod.Metadata.Annotations["leaderworkerset.sigs.k8s.io/size"] == "2");
        JsonNode status = await StatusAsync(platform, "Available");
        ((int)status["replicas"]!, (int)status["readyReplicas"]!, (int)status["updatedReplicas"]!).ShouldBe((2, 2, 2));
        status["hpaPodSelector"]!.ToString().ShouldBe(platform.Serving!.Status.LabelSelector);
        platform.Serving.Metadata.Controller!.Kind.ShouldBe("LeaderWorkerSet");
        (await platform.Cluster.Client.GetGrain<ILeaderWorkerSetGrain>("default/ms").ExplainAsync())[0].Decided.ShouldContain("create ModelServing ms");

        // The Service that its pods are named by comes back when somebody deletes it.
        string first = platform.Services.Single(static service => service.Metadata.Name == "ms").Metadata.Uid;
        await platform.DeleteAsync(ResourceKinds.Service, "ms");
        await platform.UntilAsync(p => p.Services.Any(service => service.Metadata.Name == "ms" && service.Metadata.Uid != first));

        // Whoever scales past the set is set right.
        await platform.PatchAsync("""{ "spec": { "replicas": 5 } }""", "scale");
        await platform.UntilAsync(static p => p.Serving!.Spec.Replicas == 2 && p.Serving.Status is { AvailableReplicas: 2, Replicas: 2 });

        await platform.DeleteAsync(ResourceKinds.LeaderWorkerSet, "ms");
        await platform.UntilAsync(static p => p.Serving is null && p.Pods.Length == 0, makesReady: false);
    }

    [Fact]
    public async Task Set_WhoseServiceNameIsTaken_IsServedAndSaysSo()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await InstallAsync(platform);
        await CreateAsync(platform, ResourceKinds.Service, """
            { "apiVersion": "v1", "kind": "Service", "metadata": { "name": "ms", "namespace": "default" }, "spec": { "ports": [ { "port": 80 } ] } }
            """);
        await CreateAsync(platform, ResourceKinds.LeaderWorkerSet, Set);
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        (await StatusAsync(platform, "NamesFailing"))["conditions"]!.ToJsonString().ShouldContain("Service ms exists already and belongs to somebody else");
        await platform.EventsSayAsync("Service ms exists already");
    }

    [Fact]
    public async Task W32_ServingOfAUser_OfTheSameName_IsNotTouched()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await InstallAsync(platform);
        await platform.ApplyAsync("""
            { "replicas": 1, "schedulerName": "default-scheduler", "template": { "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": 0,
              "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "x" } ] } } } ] } }
            """);
        await CreateAsync(platform, ResourceKinds.LeaderWorkerSet, Set);
        JsonNode status = await StatusAsync(platform, "NameTaken");
        status["conditions"]!.AsArray().Single(static condition => (string?)condition!["type"] == "NameTaken")!["message"]!.ToString()
            .ShouldContain("is left alone");
        await platform.UntilAsync(static p => p.Serving is not null);
        platform.Serving!.Metadata.Generation.ShouldBe(1);
        platform.Serving.Metadata.Controller.ShouldBeNull();
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 1);
    }

    [KubectlTheory]
    [MemberData(nameof(Programs))]
    public async Task Kubectl_AppliesScalesShowsAndDeletes(string program)
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await InstallAsync(platform);
        await RunAsync("apply -f -", Set);
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        await RunAsync("wait --for=condition=Available lws/ms --timeout=180s");
        await RunAsync("scale lws/ms --replicas=3");
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 3);
        await RunAsync("wait --for=jsonpath={.status.readyReplicas}=3 lws/ms --timeout=180s");
        (await RunAsync("get lws ms --no-headers")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[..4].ShouldBe(["ms", "3", "3", "3"]);
        string selector = await RunAsync("get lws ms --subresource=scale -o jsonpath={.status.selector}");
        (await RunAsync($"get pods -o name -l {selector}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);
        await RunAsync("apply -f -", Set.Replace("leader:1", "leader:2", StringComparison.Ordinal));
        await platform.UntilAsync(static p => p.Pods.Count(static pod => pod.Containers[0].Image.EndsWith("leader:2", StringComparison.Ordinal)) == 2
            && p.Serving!.Status is { AvailableReplicas: 2, UpdatedReplicas: 2, Replicas: 2 });
        await RunAsync("delete lws ms --wait=false");
        await platform.UntilAsync(static p => p.Serving is null && p.Pods.Length == 0, makesReady: false);

        async Task<string> RunAsync(string arguments, string? input = null)
        {
            (int code, string output) = await Kubectl.RunAsync(program, platform.Kubeconfig, arguments, input);
            code.ShouldBe(0, output);
            return output;
        }
    }

    public static TheoryData<string> Programs() => [.. Kubectl.Programs().TakeLast(1)];

    /// <summary>Installs the definition, and waits until the silos have found it.</summary>
    private static async Task InstallAsync(TestPlatform platform)
    {
        await platform.Client.CreateAsync(Definitions, null, new RawJson(ShippedDefinitions.ReadForeign()[0]), CancellationToken.None);
        platform.Pods.ShouldBeEmpty();
    }

    private static Task CreateAsync(TestPlatform platform, ResourceKind kind, string json) =>
        platform.Client.CreateAsync(kind, platform.Namespace, new RawJson(Encoding.UTF8.GetBytes(json)), CancellationToken.None);

    /// <summary>The set's status once a condition is true.</summary>
    private static async Task<JsonNode> StatusAsync(TestPlatform platform, string condition)
    {
        using var deadline = new CancellationTokenSource(TestPlatform.Patience);
        var informer = new Informer<LeaderWorkerSet>(
            platform.Client, new InformerOptions<LeaderWorkerSet> { Query = new ListQuery { Namespace = platform.Namespace } }, TimeProvider.System, new Random(1),
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        informer.Subscribe(_ => Look());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
        Task run = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(deadline.Token);
        Look();
        await reached.Task.WaitAsync(deadline.Token);
        await stop.CancelAsync();
        await run;
        RawJson json = await platform.Client.SendAsync(
            new KubernetesRequest("GET", ResourceKinds.LeaderWorkerSet.ObjectPath(platform.Namespace, "ms")), CancellationToken.None);
        return JsonNode.Parse(json.Utf8.Span)!["status"]!;

        void Look()
        {
            if (informer.Snapshot.Items.Any(set => set.Status.Conditions.Any(other => other.Type == condition && other.IsTrue)))
                reached.TrySetResult();
        }
    }
}
