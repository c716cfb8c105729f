using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;

namespace Kthena.Plugins.BuiltIn;

/// <summary>
/// Gives pods of a ModelServing that a LeaderWorkerSet owns what that kind's users find them by: labels, annotations, names in DNS, and
/// the variables by which the pods of a group find each other.
/// </summary>
internal sealed class LwsStandardLabels : IPodPlugin
{
    public const string Name = "lws-standard-labels";

    private const string Prefix = LwsNames.Prefix;

    public void OnPodCreate(PluginPod pod, JsonObject manifest)
    {
        if (pod.Serving.Controller is not { Kind: "LeaderWorkerSet" } owner
            || !owner.ApiVersion.StartsWith("leaderworkerset.x-k8s.io/", StringComparison.Ordinal)
            || manifest["metadata"] is not JsonObject metadata)
        {
            return;
        }
        JsonObject labels = Map(metadata, "labels");
        labels[LwsNames.SetLabel] = owner.Name;
        labels[LwsNames.GroupIndexLabel] = Text(pod.GroupOrdinal);
        labels[Prefix + "worker-index"] = Text(pod.Index);
        labels[Prefix + "group-key"] = GroupKey(owner, pod.GroupOrdinal);
        if (pod.Revision.Length > 0)
            labels[Prefix + "template-revision-hash"] = pod.Revision;
        JsonObject annotations = Map(metadata, "annotations");
        annotations[Prefix + "size"] = Text(pod.InstancePods);
        if (!pod.IsEntry)
            annotations[Prefix + "leader-name"] = pod.EntryName;
        if (manifest["spec"] is not JsonObject spec)
            return;
        string leader = $"{owner.Name}-{Text(pod.GroupOrdinal)}";
        string subdomain = annotations[LwsNames.SubdomainPolicy]?.ToString() == LwsNames.UniquePerReplica ? leader : owner.Name;
        spec["hostname"] = pod.IsEntry ? leader : $"{leader}-{Text(pod.Index)}";
        spec["subdomain"] = subdomain;
        foreach (string containers in (string[])["initContainers", "containers"])
        {
            foreach (JsonObject container in (spec[containers] as JsonArray ?? []).OfType<JsonObject>())
                Inject(container, pod, $"{leader}.{subdomain}.{pod.Serving.Namespace}");
        }
    }

    /// <summary>Puts the variables first, in place of same-named ones: those that follow may refer to them as <c>$(NAME)</c>.</summary>
    private static void Inject(JsonObject container, PluginPod pod, string leaderAddress)
    {
        (string Name, string Value)[] variables =
        [
            ("LWS_LEADER_ADDRESS", leaderAddress),
            ("LWS_GROUP_SIZE", Text(pod.InstancePods)),
            ("LWS_WORKER_INDEX", Text(pod.Index)),
        ];
        var env = new JsonArray([.. variables.Select(static variable => new JsonObject { ["name"] = variable.Name, ["value"] = variable.Value })]);
        foreach (JsonNode? other in container["env"] as JsonArray ?? [])
        {
            if (!variables.Any(variable => variable.Name == (other as JsonObject)?["name"]?.ToString()))
                env.Add(other?.DeepClone());
        }
        container["env"] = env;
    }

    private static JsonObject Map(JsonObject metadata, string name)
    {
        if (metadata[name] is not JsonObject map)
            metadata[name] = map = [];
        return map;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

#pragma warning disable CA5350 // A short name of a group, as upstream makes it; nothing is secured by it.
    private static string GroupKey(OwnerReference owner, int group) => Convert.ToHexStringLower(
        SHA1.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{owner.Name}-{group}"))));
#pragma warning restore CA5350
}
