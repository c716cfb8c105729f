using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Grains.Tests.Serving;

/// <summary>Silos that start on an API server whose lists and watches are behind, as one of several with a cache of its own may be.</summary>
internal static class StaleCacheScenarios
{
    /// <summary>
    /// Group 0 is replaced and not ready again, which uses the budget up. Whoever still sees it serve has room for another one in
    /// its eyes, and must take none.
    /// </summary>
    public static async Task SilosThatSeeAGroupServeThatIsGoneTakeNoOtherAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec("registry.invalid/engine:1"));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 3);
        var behind = new KubernetesResponse(200, (await platform.Client.SendAsync(PodList, CancellationToken.None)).Utf8);

        await platform.ReportAsync("ms-0-engine-0-0", isReady: false);
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 2, makesReady: false);
        await platform.PatchAsync($$"""{ "spec": {{Spec("registry.invalid/engine:2")}} }""");
        await platform.UntilAsync(static p => p.Pods.Length == 3 && Image(p, 0) == "registry.invalid/engine:2"
            && p.Serving!.Metadata.Annotations[ServingLabels.Operations] is null, makesReady: false);
        string[] serving = Uids(platform);

        await platform.StopSiloAsync();
        var caughtUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        platform.Transport.Answer = request => IsPodList(request) ? behind : null;
        platform.Transport.HoldUp = request => request.Path == PodList.Path ? caughtUp.Task : Task.CompletedTask;
        await platform.StartSiloAsync();
        // They look and plan: that all three serve is told, and is wrong.
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 3, makesReady: false);
        platform.Serving!.Metadata.Annotations[ServingLabels.Operations].ShouldBeNull();
        Uids(platform).ShouldBe(serving);

        platform.Transport.Answer = static _ => null;
        caughtUp.SetResult();
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 2, makesReady: false);
        platform.Serving!.Metadata.Annotations[ServingLabels.Operations].ShouldBeNull();
        Uids(platform).ShouldBe(serving);
        await platform.UntilAsync(static p => p.Serving!.Status is { AvailableReplicas: 3, UpdatedReplicas: 3 }
            && p.Pods.All(static pod => pod.Containers[0].Image == "registry.invalid/engine:2"));
    }

    private static KubernetesRequest PodList => new("GET", ResourceKinds.Pod.CollectionPath(null));

    private static bool IsPodList(KubernetesRequest request) =>
        request.Method == "GET" && request.Path == PodList.Path && !request.Query.Contains("watch=", StringComparison.Ordinal);

    private static string? Image(TestPlatform platform, int group) =>
        platform.Pods.SingleOrDefault(pod => pod.Metadata.Name == $"ms-{group}-engine-0-0")?.Containers[0].Image;

    /// <summary>The pods of the groups that serve all the time.</summary>
    private static string[] Uids(TestPlatform platform) =>
        [.. platform.Pods.Where(static pod => pod.Metadata.Name != "ms-0-engine-0-0").Select(static pod => pod.Metadata.Uid)];

    private static string Spec(string image) => $$"""
        { "replicas": 3, "schedulerName": "default-scheduler",
          "template": { "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": 0,
            "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } ] } }
        """;
}
