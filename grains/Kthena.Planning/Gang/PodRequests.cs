using System.Text.Json;
using Kthena.Model;

namespace Kthena.Planning.Gang;

/// <summary>
/// What a scheduler sets aside for a pod. Containers run together, init containers one after the other and before them;
/// an init container that restarts always is a sidecar and stays. A request that is not given is the limit. Amounts for
/// the whole pod stand above those of its containers, and the overhead of its runtime class comes on top.
/// </summary>
internal static class PodRequests
{
    /// <summary>Counts a pod.</summary>
    /// <param name="podSpec">The pod's spec.</param>
    public static ResourceAmounts Of(RawJson podSpec)
    {
        if (podSpec.IsAbsent)
            return ResourceAmounts.None;
        using JsonDocument document = JsonDocument.Parse(podSpec.Utf8);
        JsonElement spec = document.RootElement;
        ResourceAmounts running = List(spec, "containers").Aggregate(ResourceAmounts.None, static (sum, container) => sum.Plus(OfContainer(container)));
        ResourceAmounts sidecars = ResourceAmounts.None;
        ResourceAmounts starting = ResourceAmounts.None;
        foreach (JsonElement container in List(spec, "initContainers"))
        {
            ResourceAmounts own = OfContainer(container);
            bool isSidecar = Member(container, "restartPolicy") is { ValueKind: JsonValueKind.String } policy && policy.ValueEquals("Always");
            starting = starting.Max(sidecars.Plus(own));
            sidecars = isSidecar ? sidecars.Plus(own) : sidecars;
        }
        ResourceAmounts counted = running.Plus(sidecars).Max(starting);
        JsonElement whole = Member(spec, "resources");
        return ResourceAmounts.Parse(Member(whole, "requests"))
            .Or(counted)
            .Or(ResourceAmounts.Parse(Member(whole, "limits")))
            .Plus(ResourceAmounts.Parse(Member(spec, "overhead")));
    }

    private static ResourceAmounts OfContainer(JsonElement container)
    {
        JsonElement resources = Member(container, "resources");
        return ResourceAmounts.Parse(Member(resources, "requests")).Or(ResourceAmounts.Parse(Member(resources, "limits")));
    }

    private static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) ? value : default;

    private static JsonElement[] List(JsonElement json, string name) =>
        Member(json, name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
}
