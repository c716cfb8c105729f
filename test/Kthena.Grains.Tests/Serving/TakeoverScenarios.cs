using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Takeover;

namespace Kthena.Grains.Tests.Serving;

/// <summary>A fleet that volcano-sh/kthena built runs on the API server before this control plane starts.</summary>
internal static class TakeoverScenarios
{
    public static async Task FleetOfUpstreamWithItsRevisionIsAdoptedUntouchedAsync(TestPlatform platform)
    {
        await BuildAsync(platform, hasRoleHash: false, hasRevision: true);
        await AdoptAsync(platform);
        await platform.PatchAsync("""{ "spec": { "replicas": 3 } }""", "scale");
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 3);
        platform.Pods.Length.ShouldBe(15);
        platform.Pods.ShouldAllBe(static pod => pod.Metadata.Labels[ServingLabels.Revision] == UpstreamObjects.Revision);
    }

    public static async Task FleetOfUpstreamWithoutItsRevisionIsAdoptedByItsStatusAsync(TestPlatform platform)
    {
        await BuildAsync(platform, hasRoleHash: true, hasRevision: false);
        await AdoptAsync(platform);
    }

    private static async Task BuildAsync(TestPlatform platform, bool hasRoleHash, bool hasRevision)
    {
        await platform.StopSiloAsync();
        JsonObject spec = UpstreamObjects.Spec();
        LeaveOutEmptyValues(spec);
        await platform.ApplyAsync(spec.ToJsonString());
        await platform.UntilAsync(static p => p.Serving is not null);
        var upstream = new UpstreamObjects(platform.Serving!.Metadata.Uid, platform.Namespace);
        if (hasRevision)
            await CreateAsync(platform, ResourceKinds.ControllerRevision, upstream.ControllerRevision());
        foreach (JsonObject service in upstream.Services())
            await CreateAsync(platform, ResourceKinds.Service, service);
        foreach (JsonObject pod in upstream.Pods(hasRoleHash, isGang: true))
            await CreateAsync(platform, ResourceKinds.Pod, pod);
        await platform.PatchAsync(
            new JsonObject { ["status"] = UpstreamObjects.Status((int)platform.Serving.Metadata.Generation) }.ToJsonString(), "status");
        await platform.UntilAsync(static p => p.Pods.Length == 10 && p.Pods.All(static pod => pod.IsReady) && p.Serving!.Status.UpdateRevision.Length > 0);
    }

    /// <summary>Leaves out values of variables that are empty, which mean the same: some API servers take them for null and refuse them.</summary>
    private static void LeaveOutEmptyValues(JsonNode? node)
    {
        if (node is JsonObject json && (string?)(json["value"] as JsonValue) == "")
            json.Remove("value");
        IEnumerable<JsonNode?> children = node is JsonObject fields ? fields.Select(static field => field.Value) : node as JsonArray ?? [];
        foreach (JsonNode? child in children)
            LeaveOutEmptyValues(child);
    }

    /// <summary>The control plane starts, reports what it found in words of its own, and has written nothing else.</summary>
    private static async Task AdoptAsync(TestPlatform platform)
    {
        string[] before = await VersionsAsync(platform);
        await platform.StartSiloAsync();
        await platform.UntilAsync(static p => p.Serving?.Status.Conditions.Any(static condition => condition.Type == "UpdateInProgress") == true);
        platform.Serving!.Status.UpdateRevision.ShouldBe(UpstreamObjects.Revision);
        platform.Serving.Status.AvailableReplicas.ShouldBe(UpstreamObjects.Groups);
        (await VersionsAsync(platform)).ShouldBe(before);
        platform.Transport.Writes.ShouldAllBe(static write => !write.Contains("/pods", StringComparison.Ordinal) && !write.Contains("/services/", StringComparison.Ordinal));
    }

    private static Task<RawJson> CreateAsync(TestPlatform platform, ResourceKind kind, JsonObject json) => platform.Client.CreateAsync(
        kind, platform.Namespace, new RawJson(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString())), CancellationToken.None);

    private static async Task<string[]> VersionsAsync(TestPlatform platform)
    {
        var versions = new List<string>();
        foreach (ResourceKind kind in new[] { ResourceKinds.Pod, ResourceKinds.Service })
        {
            RawJson list = await platform.Client.SendAsync(new KubernetesRequest("GET", kind.CollectionPath(platform.Namespace)), CancellationToken.None);
            versions.AddRange(JsonNode.Parse(list.Utf8.Span)!["items"]!.AsArray().Select(static item => item!["metadata"]!)
                .Select(static metadata => $"{metadata["name"]} {metadata["uid"]} {metadata["resourceVersion"]}"));
        }
        return [.. versions];
    }
}
