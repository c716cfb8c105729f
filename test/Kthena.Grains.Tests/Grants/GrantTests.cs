using System.Collections.Concurrent;
using System.Text;
using Kthena.Embedded.Kubernetes.Definitions;
using Kthena.Grains.Tests.Gang;
using Kthena.Grains.Tests.Serving;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Grains.Tests.Grants;

/// <summary>What examples/cluster/rbac.yaml grants is what a control plane asks for.</summary>
public sealed class GrantTests
{
    private const string Set = """
        { "apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "metadata": { "name": "ms", "namespace": "default" },
          "spec": { "replicas": 1, "leaderWorkerTemplate": { "size": 2, "workerTemplate": { "spec": {
            "schedulerName": "volcano", "containers": [ { "name": "c", "image": "registry.invalid/worker:1" } ] } } } } }
        """;

    [Fact]
    public async Task EveryRequest_OfAControlPlane_IsGranted()
    {
        Grant[] grants = Grant.Of(Manifest(), "ClusterRole", "kthena-controller-manager");
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.StopSiloAsync();
        var requests = new ConcurrentQueue<KubernetesRequest>();
        platform.Transport.Answer = request =>
        {
            requests.Enqueue(request);
            return null;
        };
        await platform.StartSiloAsync();

        // A LeaderWorkerSet under Volcano is built, rolled, scaled and taken away: every kind is read and written.
        await VolcanoDefinition.InstallAsync(platform.Client);
        await platform.Client.CreateAsync(ResourceKinds.CustomResourceDefinition, null, new RawJson(ShippedDefinitions.ReadForeign()[0]), CancellationToken.None);
        await platform.Client.CreateAsync(ResourceKinds.LeaderWorkerSet, platform.Namespace, new RawJson(Encoding.UTF8.GetBytes(Set)), CancellationToken.None);
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 1);
        await EditAsync(platform, """{ "spec": { "leaderWorkerTemplate": { "workerTemplate": { "spec": { "containers": [ { "name": "c", "image": "registry.invalid/worker:2" } ] } } } } }""");
        await platform.UntilAsync(static p => p.Serving!.Status is { AvailableReplicas: 1, UpdatedReplicas: 1 }
            && p.Pods.All(static pod => pod.Containers[0].Image == "registry.invalid/worker:2"));
        await EditAsync(platform, """{ "spec": { "replicas": 0 } }""");
        await platform.UntilAsync(static p => p.Pods.Length == 0 && p.Serving!.Status.Replicas == 0);

        requests.Where(request => !grants.Any(grant => grant.Allows(request))).Select(static request => $"{request}").Distinct().ShouldBeEmpty();
        // Each rule but those of other parts of the process was needed.
        grants.Where(grant => !requests.Any(grant.Allows)).SelectMany(static grant => grant.Resources).ShouldBe(
        [
            "modelservings/finalizers", "leaderworkersets/finalizers", "validatingwebhookconfigurations", "mutatingwebhookconfigurations",
        ]);
    }

    private static Task EditAsync(TestPlatform platform, string patch) => platform.Client.PatchAsync(
        ResourceKinds.LeaderWorkerSet,
        new NamespacedName(platform.Namespace, "ms"),
        KubernetesPatch.Merge(new RawJson(Encoding.UTF8.GetBytes(patch))),
        CancellationToken.None);

    private static StreamReader Manifest() => new(typeof(GrantTests).Assembly.GetManifestResourceStream("rbac.yaml")!);
}
