using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Grains.Tests.Serving;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Grains.Tests.Gang;

/// <summary>PodGroups on an API server whose Volcano comes, goes and comes back while the control plane runs.</summary>
public sealed class GangScenarioTests
{
    [Fact]
    public async Task PodGroups_WithVolcanoThere_PrecedePodsAndLeaveWithThem()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await VolcanoDefinition.InstallAsync(platform.Client);
        await platform.ApplyAsync(Spec(replicas: 2));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);

        string[] writes = [.. platform.Transport.Writes];
        int firstPod = Array.FindIndex(writes, static write => write.EndsWith("/pods", StringComparison.Ordinal));
        writes.Take(firstPod).ShouldContain(static write => write.EndsWith("/podgroups", StringComparison.Ordinal));
        platform.Pods.ShouldAllBe(static pod => pod.Metadata.Annotations[GangLabels.GroupName] == pod.Metadata.Labels[ServingLabels.GroupName]);
        JsonNode[] groups = await PodGroupsAsync(platform);
        groups.Select(static group => (string?)group["metadata"]!["name"]).ShouldBe(["ms-0", "ms-1"]);
        groups.ShouldAllBe(static group => (int)group["spec"]!["minMember"]! == 2);

        // Words for people may still be on their way.
        int before = WritesOfObjects(platform);
        await platform.PatchAsync("""{ "metadata": { "annotations": { "scheduling.volcano.sh/queue-name": "research" } } }""");
        await UntilAsync(platform, static groups => groups.All(static group => (string?)group["spec"]!["queue"] == "research"));
        (WritesOfObjects(platform) - before).ShouldBe(2, "one patch for each PodGroup");

        await platform.PatchAsync("""{ "spec": { "replicas": 1 } }""");
        await UntilAsync(platform, static groups => groups.Length == 1);
        await platform.DeleteAsync(ResourceKinds.ModelServing, "ms");
        await UntilAsync(platform, static groups => groups.Length == 0);
    }

    [Fact]
    public async Task Volcano_ThatComesLeavesAndComesBack_IsFollowedWithoutARestartOfAnyPod()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.ApplyAsync(Spec(replicas: 1));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 1 && Failing(p) == "PodGroupsNotInstalled");
        string[] pods = [.. platform.Pods.Select(static pod => pod.Metadata.Uid)];
        platform.Pods.ShouldAllBe(static pod => pod.Metadata.Annotations[GangLabels.GroupName] == null);

        await VolcanoDefinition.InstallAsync(platform.Client, hasSubGroups: false);
        await platform.UntilAsync(static p => Failing(p) is null
            && p.Pods.All(static pod => pod.Metadata.Annotations[GangLabels.GroupName] == "ms-0"));
        (await PodGroupsAsync(platform)).ShouldHaveSingleItem()["spec"]!["minTaskMember"]!.ToJsonString().ShouldBe("""{"engine-0":2}""");

        await VolcanoDefinition.RemoveAsync(platform.Client);
        await platform.UntilAsync(static p => Failing(p) == "PodGroupsNotInstalled");
        await VolcanoDefinition.InstallAsync(platform.Client);
        await platform.UntilAsync(static p => Failing(p) is null);
        await UntilAsync(platform, static groups => groups.Length == 1 && groups[0]["spec"]!["subGroupPolicy"] is JsonArray { Count: 1 });
        platform.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(pods);
    }

    private static int WritesOfObjects(TestPlatform platform) => platform.Transport.Writes.Count(static write =>
        !write.Contains("/events", StringComparison.Ordinal) && !write.Contains("/status", StringComparison.Ordinal));

    private static string? Failing(TestPlatform platform) =>
        platform.Serving?.Status.Conditions.FirstOrDefault(static condition => condition.Type == "GangFailing")?.Reason;

    private static async Task UntilAsync(TestPlatform platform, Func<JsonNode[], bool> holds)
    {
        using var deadline = new CancellationTokenSource(TestPlatform.Patience);
        while (!holds(await PodGroupsAsync(platform)))
            await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
    }

    private static async Task<JsonNode[]> PodGroupsAsync(TestPlatform platform)
    {
        RawJson list = await platform.Client.SendAsync(
            new KubernetesRequest("GET", ResourceKinds.PodGroup.CollectionPath(platform.Namespace)), CancellationToken.None);
        return [.. JsonNode.Parse(list.Utf8.Span)!["items"]!.AsArray().OfType<JsonNode>()];
    }

    private static string Spec(int replicas) => $$"""
        { "replicas": {{replicas}},
          "template": { "gangPolicy": {}, "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": 1,
            "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "registry.invalid/engine:1", "resources": { "requests": { "cpu": "100m" } } } ] } },
            "workerTemplate": { "spec": { "containers": [ { "name": "c", "image": "registry.invalid/engine:1", "resources": { "limits": { "cpu": "0.1" } } } ] } } } ] } }
        """;
}
