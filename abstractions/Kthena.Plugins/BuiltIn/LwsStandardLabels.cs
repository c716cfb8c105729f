using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;

namespace Kthena.Plugins.BuiltIn;

/// <summary>Gives pods of a ModelServing that a LeaderWorkerSet owns the labels by which that kind's users find them.</summary>
internal sealed class LwsStandardLabels : IPodPlugin
{
    public const string Name = "lws-standard-labels";

    private const string Prefix = "leaderworkerset.sigs.k8s.io/";

    public void OnPodCreate(PluginPod pod, JsonObject manifest)
    {
        if (pod.Serving.Controller is not { Kind: "LeaderWorkerSet" } owner
            || !owner.ApiVersion.StartsWith("leaderworkerset.x-k8s.io/", StringComparison.Ordinal)
            || manifest["metadata"] is not JsonObject metadata)
        {
            return;
        }
        if (metadata["labels"] is not JsonObject labels)
            metadata["labels"] = labels = [];
        labels[Prefix + "name"] = owner.Name;
        labels[Prefix + "group-index"] = pod.GroupOrdinal.ToString(CultureInfo.InvariantCulture);
        labels[Prefix + "worker-index"] = pod.Index.ToString(CultureInfo.InvariantCulture);
        labels[Prefix + "group-key"] = GroupKey(owner, pod.GroupOrdinal);
    }

#pragma warning disable CA5350 // A short name of a group, as that kind defines it; nothing is secured by it.
    private static string GroupKey(OwnerReference owner, int group) => Convert.ToHexStringLower(
        SHA1.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{owner.Name}-{group}"))));
#pragma warning restore CA5350
}
