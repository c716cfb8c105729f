using System.Text;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Grains.Tests.Serving;

/// <summary>Names that belong to somebody else, and specs that nobody should have let in, on an API server, whichever that is.</summary>
internal static class BadInputScenarios
{
    private static string Spec(int replicas) => $$"""
        { "replicas": {{replicas}}, "schedulerName": "default-scheduler",
          "template": { "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": 1,
            "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "registry.invalid/engine:1" } ] } },
            "workerTemplate": { "spec": { "containers": [ { "name": "c", "image": "registry.invalid/engine:1" } ] } } } ] } }
        """;

    public static async Task PodAndServiceOfSomebodyElseAreToldAndLeftAloneAsync(TestPlatform platform)
    {
        await CreateAsync(platform, ResourceKinds.Pod, """
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "ms-0-engine-0-0", "labels": { "mine": "yes" } },
              "spec": { "nodeName": "elsewhere", "containers": [ { "name": "other", "image": "registry.invalid/other:1" } ] } }
            """);
        await CreateAsync(platform, ResourceKinds.Service, """
            { "apiVersion": "v1", "kind": "Service", "metadata": { "name": "ms-1-engine-0-0" }, "spec": { "selector": { "mine": "yes" }, "ports": [ { "port": 80 } ] } }
            """);
        string pod = await FactsAsync(platform, ResourceKinds.Pod, "ms-0-engine-0-0");
        string service = await FactsAsync(platform, ResourceKinds.Service, "ms-1-engine-0-0");

        await platform.ApplyAsync(Spec(replicas: 3));
        await platform.EventsSayAsync("Pod ms-0-engine-0-0 exists already", "Service ms-1-engine-0-0 exists already", "NameTaken");
        await platform.UntilAsync(static p => p.Serving?.Status is { AvailableReplicas: 1 } status
            && status.Conditions.Any(static condition => condition is { Type: "RolesFailing", IsTrue: true, Reason: "NameTaken" }));

        platform.Pods.Select(static other => other.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-2-engine-0-0", "ms-2-engine-0-1"]);
        (await FactsAsync(platform, ResourceKinds.Pod, "ms-0-engine-0-0")).ShouldBe(pod);
        (await FactsAsync(platform, ResourceKinds.Service, "ms-1-engine-0-0")).ShouldBe(service);
        await platform.Client.DeleteAsync(
            ResourceKinds.Pod, new NamespacedName(platform.Namespace, "ms-0-engine-0-0"), new DeletionOptions { GracePeriodSeconds = 0 }, CancellationToken.None);
        await platform.DeleteAsync(ResourceKinds.Service, "ms-1-engine-0-0");
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 3
            && p.Services.Count(static other => other.Metadata.Controller is not null) == 3);
    }

    public static async Task RevisionOfSomebodyElseIsToldAndNothingIsBuiltOnItAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 1));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 1);
        string name = $"ms-{platform.Serving!.Status.UpdateRevision}";
        await platform.DeleteAsync(ResourceKinds.ModelServing, "ms");
        await platform.UntilAsync(static p => p.Serving is null && p.Pods.Length == 0, makesReady: false);
        while (await platform.Client.FindAsync<ControllerRevision>(new NamespacedName(platform.Namespace, name), CancellationToken.None) is not null)
            await Task.Yield();
        await CreateAsync(platform, ResourceKinds.ControllerRevision, $$"""
            { "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": { "name": "{{name}}" }, "revision": 7, "data": { "other": true } }
            """);
        string before = await FactsAsync(platform, ResourceKinds.ControllerRevision, name);

        await platform.ApplyAsync(Spec(replicas: 1));
        await platform.EventsSayAsync($"ControllerRevision {name} exists already", "NameTaken");
        await platform.UntilAsync(p => p.Serving!.Status.Conditions.Any(condition =>
            condition is { Type: "RolesFailing", IsTrue: true, Reason: "NameTaken" } && condition.Message.Contains(name, StringComparison.Ordinal)));

        platform.Pods.ShouldBeEmpty();
        (await FactsAsync(platform, ResourceKinds.ControllerRevision, name)).ShouldBe(before);
        await platform.DeleteAsync(ResourceKinds.ControllerRevision, name);
        await platform.UntilAsync(static p => p.Serving?.Status is { AvailableReplicas: 1 } status
            && status.Conditions.All(static condition => condition.Type != "RolesFailing"));
    }

    /// <summary>For an API server that asks no webhook and knows no CEL.</summary>
    public static async Task InvalidSpecPastAdmissionIsToldAndTouchesNothingAsync(TestPlatform platform)
    {
        await platform.ApplyAsync(Spec(replicas: 2));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        string[] before = [.. platform.Pods.Select(static pod => pod.Metadata.Uid)];

        await platform.PatchAsync("""{ "spec": { "replicas": 1, "recoveryPolicy": "ServingGroupRecreate", "rolloutStrategy": { "type": "RoleRollingUpdate" } } }""");
        await platform.UntilAsync(static p => p.Serving!.Status.Conditions.Any(static condition => condition is { Type: "Invalid", IsTrue: true }));
        platform.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(before);

        await platform.PatchAsync("""{ "spec": { "recoveryPolicy": "RoleRecreate" } }""");
        await platform.UntilAsync(static p => p.Pods.Length == 2 && p.Serving!.Status is { AvailableReplicas: 1, Replicas: 1 } status
            && !status.Conditions.Any(static condition => condition is { Type: "Invalid", IsTrue: true }));
    }

    private static Task CreateAsync(TestPlatform platform, ResourceKind kind, string manifest) =>
        platform.Client.CreateAsync(kind, platform.Namespace, new RawJson(Encoding.UTF8.GetBytes(manifest)), CancellationToken.None);

    /// <summary>What of an object may not change: all but its status and its version.</summary>
    private static async Task<string> FactsAsync(TestPlatform platform, ResourceKind kind, string name)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse((await platform.Client.GetAsync(kind, new NamespacedName(platform.Namespace, name), CancellationToken.None)).Utf8.Span)!.AsObject();
        json.Remove("status");
        json["metadata"]!.AsObject().Remove("resourceVersion");
        json["metadata"]!.AsObject().Remove("managedFields");
        return json.ToJsonString();
    }
}
