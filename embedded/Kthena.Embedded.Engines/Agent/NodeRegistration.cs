using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Engines;

/// <summary>Puts a simulated node into the API and, where asked, keeps its lease.</summary>
internal sealed class NodeRegistration(KubernetesClient client, TimeProvider time)
{
    private const string SimulatedLabel = "node.kthena.dev/simulated";
    private const string LeaseNamespace = "kube-node-lease";
    private static readonly ResourceKind Lease = new("coordination.k8s.io", "v1", "leases", "Lease");

    /// <summary>Creates the node, or reports it ready again when an earlier run of ours created it.</summary>
    /// <exception cref="InvalidOperationException">A node of that name exists and is not ours.</exception>
    public async Task RegisterAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(ResourceKinds.Node, null, Raw(Manifest(name)), cancellationToken);
        }
        catch (KubernetesApiException error) when (error.IsAlreadyExists)
        {
            RawJson known = await client.GetAsync(ResourceKinds.Node, new NamespacedName("", name), cancellationToken);
            using JsonDocument json = JsonDocument.Parse(known.Utf8);
            if (ObjectMeta.Parse(json.RootElement).Labels[SimulatedLabel] != "true")
                throw new InvalidOperationException($"The node '{name}' exists and is a real one; give the simulated node another name.", error);
            if (IsReady(json.RootElement))
                return;
        }
        var patch = new JsonObject { ["status"] = Status(name) };
        await client.PatchAsync(
            ResourceKinds.Node, new NamespacedName("", name), KubernetesPatch.Merge(patch), cancellationToken, subresource: "status");
    }

    /// <summary>Renews the lease, which tells a controller manager that the node lives.</summary>
    public async Task RenewLeaseAsync(string name, TimeSpan interval, CancellationToken cancellationToken)
    {
        string now = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var spec = new JsonObject
        {
            ["holderIdentity"] = name,
            ["leaseDurationSeconds"] = (int)Math.Max(40, interval.TotalSeconds * 4),
            ["renewTime"] = now,
        };
        try
        {
            var patch = new JsonObject { ["spec"] = spec.DeepClone() };
            await client.PatchAsync(Lease, new NamespacedName(LeaseNamespace, name), KubernetesPatch.Merge(patch), cancellationToken);
        }
        catch (KubernetesApiException error) when (error.IsNotFound)
        {
            var lease = new JsonObject
            {
                ["apiVersion"] = Lease.ApiVersion,
                ["kind"] = Lease.Kind,
                ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = LeaseNamespace },
                ["spec"] = spec,
            };
            await client.CreateAsync(Lease, LeaseNamespace, Raw(lease), cancellationToken);
        }
    }

    private JsonObject Manifest(string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/hostname"] = name,
                ["kubernetes.io/os"] = "linux",
                ["kubernetes.io/arch"] = "amd64",
                [SimulatedLabel] = "true",
            },
        },
        ["status"] = Status(name),
    };

    private JsonObject Status(string name)
    {
        string now = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["capacity"] = Capacity(),
            ["allocatable"] = Capacity(),
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = "127.0.0.1" },
                new JsonObject { ["type"] = "Hostname", ["address"] = name }),
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Ready",
                ["status"] = "True",
                ["reason"] = "KubeletReady",
                ["message"] = "simulated kubelet is posting ready status",
                ["lastHeartbeatTime"] = now,
                ["lastTransitionTime"] = now,
            }),
            ["nodeInfo"] = new JsonObject
            {
                ["architecture"] = "amd64",
                ["bootID"] = "",
                ["containerRuntimeVersion"] = "simulated://1",
                ["kernelVersion"] = "simulated",
                ["kubeProxyVersion"] = "v1.30.0",
                ["kubeletVersion"] = "v1.30.0",
                ["machineID"] = "",
                ["operatingSystem"] = "linux",
                ["osImage"] = "Kthena simulated node",
                ["systemUUID"] = "",
            },
        };
    }

    private static JsonObject Capacity() => new()
    {
        ["cpu"] = "1024",
        ["memory"] = "8Ti",
        ["ephemeral-storage"] = "8Ti",
        ["pods"] = "100000",
        ["nvidia.com/gpu"] = "4096",
    };

    private static bool IsReady(JsonElement node) =>
        node.TryGetProperty("status", out JsonElement status)
        && status.TryGetProperty("conditions", out JsonElement conditions)
        && conditions.EnumerateArray().Select(Condition.Parse).Any(static condition => condition is { Type: "Ready", IsTrue: true });

    private static RawJson Raw(JsonObject json) => new(JsonSerializer.SerializeToUtf8Bytes(json));
}
