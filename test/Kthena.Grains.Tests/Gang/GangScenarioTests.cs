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

    [Fact]
    public async Task Bug37_DefinitionThatCannotBeLookedUpAtFirst_IsFollowedWhenItCan()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.StopSiloAsync();
        await VolcanoDefinition.InstallAsync(platform.Client);
        int refused = 0;
        platform.Transport.Answer = request =>
            request.Path.EndsWith("/customresourcedefinitions", StringComparison.Ordinal) && Interlocked.Increment(ref refused) <= 5
                ? new KubernetesResponse(500, """{"kind":"Status","status":"Failure","reason":"InternalError","message":"try later","code":500}"""u8.ToArray())
                : null;
        await platform.StartSiloAsync();
        await platform.ApplyAsync(Spec(replicas: 1));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 1);
        refused.ShouldBeGreaterThan(5);
        (await PodGroupsAsync(platform)).Length.ShouldBe(1);
        platform.Pods.ShouldAllBe(static pod => pod.Metadata.Annotations[GangLabels.GroupName] == "ms-0");
    }

    /// <summary>Nobody tells of a deletion that happens while no watch stands: the next list lacks the object, and that is all.</summary>
    [Fact]
    public async Task Bug38_DefinitionDeletedWhileNobodyWatched_IsMissedAtTheNextList()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await VolcanoDefinition.InstallAsync(platform.Client);
        await platform.ApplyAsync(Spec(replicas: 1));
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 1 && Failing(p) is null);
        string[] pods = [.. platform.Pods.Select(static pod => pod.Metadata.Uid)];

        int refused = 0;
        platform.Transport.Answer = request =>
        {
            if (!request.Path.EndsWith("/customresourcedefinitions", StringComparison.Ordinal))
                return null;
            Interlocked.Increment(ref refused);
            return new KubernetesResponse(410, """{"kind":"Status","status":"Failure","reason":"Expired","message":"too old","code":410}"""u8.ToArray());
        };
        platform.Transport.CutWatches();
        await VolcanoDefinition.RemoveAsync(platform.Client);
        using (var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2)))
        {
            while (Volatile.Read(ref refused) < 4)
                await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
        }
        platform.Transport.Answer = static _ => null;

        await platform.UntilAsync(static p => Failing(p) == "PodGroupsNotInstalled");
        platform.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(pods);
        await VolcanoDefinition.InstallAsync(platform.Client);
        await platform.UntilAsync(static p => Failing(p) is null);
    }

    /// <summary>One that bears none of our labels is not even seen; only the attempt to make it tells.</summary>
    [Theory]
    [InlineData("""{ "mine": "yes" }""")]
    [InlineData("""{ "modelserving.volcano.sh/name": "ms", "modelserving.volcano.sh/group-name": "ms-0" }""")]
    public async Task PodGroup_OfSomebodyElse_IsToldAndNeverAdopted(string labels)
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await VolcanoDefinition.InstallAsync(platform.Client);
        var group = new NamespacedName(platform.Namespace, "ms-0");
        await platform.Client.CreateAsync(ResourceKinds.PodGroup, platform.Namespace, new RawJson(System.Text.Encoding.UTF8.GetBytes($$"""
            { "apiVersion": "scheduling.volcano.sh/v1beta1", "kind": "PodGroup", "metadata": { "name": "ms-0", "labels": {{labels}} }, "spec": { "minMember": 9 } }
            """)), CancellationToken.None);
        string before = (await platform.Client.GetAsync(ResourceKinds.PodGroup, group, CancellationToken.None)).ToString();
        await platform.ApplyAsync(Spec(replicas: 2));
        await platform.UntilAsync(static p => Failing(p) == "PodGroupNameTaken" && p.Serving!.Status.AvailableReplicas == 1);
        platform.Pods.ShouldAllBe(static pod => pod.Metadata.Labels[ServingLabels.GroupName] == "ms-1");
        (await platform.Client.GetAsync(ResourceKinds.PodGroup, group, CancellationToken.None)).ToString().ShouldBe(before);

        await platform.DeleteAsync(ResourceKinds.PodGroup, "ms-0");
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 2 && Failing(p) is null);
        ((string?)JsonNode.Parse((await platform.Client.GetAsync(ResourceKinds.PodGroup, group, CancellationToken.None)).Utf8.Span)!
            ["metadata"]!["ownerReferences"]![0]!["name"]).ShouldBe("ms");
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
