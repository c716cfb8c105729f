using System.Text.Json.Nodes;
using Kthena.Model;

namespace Kthena.Plugins.Tests.Sample;

/// <summary>
/// Gives entry pods a volume for compiled kernels: every container sees it at <c>path</c>. A pod that serves says so in
/// an annotation, by which a dashboard finds warm caches.
/// </summary>
public sealed class KernelCache : IPodPlugin
{
    public const string Name = "kernel-cache";

    private readonly string _path;
    private readonly string? _sizeLimit;

    public KernelCache(PluginConfig config)
    {
        _path = config.Text("path") ?? "/var/cache/kernels";
        _sizeLimit = config.Text("sizeLimit");
        if (!_path.StartsWith('/'))
            config.Invalid("path", "must be an absolute path");
    }

    public void OnPodCreate(PluginPod pod, JsonObject manifest)
    {
        JsonObject spec = manifest["spec"]!.AsObject();
        if (spec["volumes"] is not JsonArray volumes)
            spec["volumes"] = volumes = [];
        var emptyDir = new JsonObject();
        if (_sizeLimit is not null)
            emptyDir["sizeLimit"] = _sizeLimit;
        volumes.Add((JsonNode)new JsonObject { ["name"] = Name, ["emptyDir"] = emptyDir });
        foreach (JsonNode? container in spec["containers"]!.AsArray())
        {
            if (container!["volumeMounts"] is not JsonArray mounts)
                container["volumeMounts"] = mounts = [];
            mounts.Add((JsonNode)new JsonObject { ["name"] = Name, ["mountPath"] = _path });
        }
    }

    public PodMarks OnPodReady(PluginPod pod) =>
        new(LabelSet.Empty, LabelSet.Of(("example.com/kernel-cache", "warm")));
}
