using System.Text.Json.Nodes;
using Kthena.Model.Resources;

namespace Kthena.Plugins.Tests;

/// <summary>Pods that plugins are asked about.</summary>
internal static class Pods
{
    public static readonly PluginPod Entry = Of("prefill", 0);

    public static readonly PluginPod Worker = Of("prefill", 2);

    public static PluginPod Of(string role, int index, ObjectMeta? serving = null) =>
        new(serving ?? new ObjectMeta { Namespace = "ns", Name = "ms" }, $"ms-3-{role}-1-{index}", role, index)
        {
            GroupName = "ms-3",
            GroupOrdinal = 3,
            RoleId = $"{role}-1",
            InstancePods = 3,
            EntryName = $"ms-3-{role}-1-0",
            Revision = "5c5fcdfb44",
        };

    public static JsonObject Manifest() => JsonNode.Parse("""
        { "metadata": { "name": "p", "labels": { "app": "x" } },
          "spec": { "containers": [ { "name": "a" }, { "name": "b" } ], "initContainers": [ { "name": "i" } ] } }
        """)!.AsObject();
}
