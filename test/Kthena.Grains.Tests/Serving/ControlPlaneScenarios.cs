using System.Collections.Immutable;
using Kthena.Contracts.Serving;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Grains.Tests.Serving;

/// <summary>What the control plane does on an API server, whichever that is; the test plays the nodes.</summary>
internal static class ControlPlaneScenarios
{
    private static string Spec(int replicas, int workers = 1, string image = "registry.invalid/engine:1") => $$"""
        { "replicas": {{replicas}}, "schedulerName": "default-scheduler",
          "template": { "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": {{workers}},
            "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } },
            "workerTemplate": { "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } ] } }
        """;

    public static async Task NewServingAppliedBecomesAvailableAndSaysSoAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 2));
        await platform.UntilAsync(static p => p.Serving?.Status is { AvailableReplicas: 2 } status && Is(status, "Available")
            && p.Services.Count(static service => service.Metadata.Controller is not null) == 2);

        platform.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(
            ["ms-0-engine-0-0", "ms-0-engine-0-1", "ms-1-engine-0-0", "ms-1-engine-0-1"]);
        platform.Services.Select(static service => service.Metadata.Name).Where(static name => name != "kubernetes").ShouldBe(
            ["ms-0-engine-0-0", "ms-1-engine-0-0"]);
        platform.Serving!.Status.ObservedGeneration.ShouldBe(platform.Serving.Metadata.Generation);
        (platform.Transport.Writes.Count / 4.0).ShouldBeLessThanOrEqualTo(12);

        IModelServingGrain grain = platform.Cluster.Client.GetGrain<IModelServingGrain>($"{platform.Namespace}/ms");
        ImmutableArray<PlanRecord> plans = await grain.ExplainAsync();
        plans[0].Decided.ShouldContain("create ControllerRevision");
        (await grain.GetGroupsAsync()).Select(static group => group.Ordinal).ShouldBe([0, 1]);
    }

    public static async Task ScaleSubresourceBothWaysIsFollowedAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 1, workers: 0));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 1);
        await platform.PatchAsync("""{ "spec": { "replicas": 3 } }""", "scale");
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 3);
        await platform.PatchAsync("""{ "spec": { "replicas": 0 } }""", "scale");
        await platform.UntilAsync(static p => p.Pods.Length == 0 && p.Serving?.Status.Replicas == 0
            && p.Serving.Metadata.Annotations[ServingLabels.Operations] is null);
    }

    public static async Task FailedWorkerUnderRoleRecreateRebuildsItsInstanceAloneAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 2));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        string[] before = [.. platform.Pods.Select(static pod => pod.Metadata.Uid)];
        await platform.ReportAsync("ms-0-engine-0-1", isReady: false, phase: "Failed");
        await platform.UntilAsync(p => p.Pods.Length == 4 && p.Pods.All(static pod => pod.IsReady)
            && p.Pods.Count(pod => before.Contains(pod.Metadata.Uid)) == 2);
        platform.Pods.Where(pod => before.Contains(pod.Metadata.Uid)).ShouldAllBe(static pod => pod.Metadata.Name.StartsWith("ms-1-"));
    }

    public static async Task NewImageAppliedRollsEveryGroupAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 2, workers: 0));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        await platform.PatchAsync($$"""{ "spec": {{Spec(replicas: 2, workers: 0, image: "registry.invalid/engine:2")}} }""");
        await platform.UntilAsync(static p => p.Serving?.Status is { ObservedGeneration: 2, AvailableReplicas: 2, UpdatedReplicas: 2 } status
            && Is(status, "Available"));
        platform.Pods.ShouldAllBe(static pod => pod.Containers[0].Image == "registry.invalid/engine:2");
    }

    public static async Task PodDeletedWhileNoSiloRunsIsHealedByTheNextAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 2, workers: 0));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        await platform.StopSiloAsync();
        await platform.DeleteAsync(ResourceKinds.Pod, "ms-1-engine-0-0");
        await platform.UntilAsync(static p => p.Pods.Length == 1);
        await platform.StartSiloAsync();
        await platform.UntilAsync(static p => p.Pods.Length == 2 && p.Pods.All(static pod => pod.IsReady));
    }

    public static async Task ServingDeletedWithItsPodsLeavesNothingBehindAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 2));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        await platform.DeleteAsync(ResourceKinds.ModelServing, "ms");
        await platform.UntilAsync(static p => p.Serving is null && p.Pods.Length == 0, makesReady: false);
        await platform.ApplyAsync(Spec(replicas: 1, workers: 0));
        await platform.UntilAsync(static p => p.Pods.Length == 1 && p.Serving?.Status.AvailableReplicas == 1);
    }

    public static async Task RolesChangingStateAreToldAsEventsAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 1, workers: 0));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 1);
        string before = platform.Pods[0].Metadata.Uid;
        await platform.ReportAsync("ms-0-engine-0-0", isReady: false, phase: "Failed");
        await platform.UntilAsync(p => p.Pods.Length == 1 && p.Pods[0].IsReady && p.Pods[0].Metadata.Uid != before);
        await platform.EventsSayAsync("Role engine/engine-0 in ServingGroup ms-0 is now Creating", "RoleFailed", "modelserving-controller");
    }

    private static bool Is(ModelServingStatus status, string condition) =>
        status.Conditions.Any(other => other.Type == condition && other.IsTrue);
}
