using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Engines;

/// <summary>Binds pods to the own node with the fewest pods, as a scheduler without opinions.</summary>
internal sealed class PodBinder(KubernetesClient client, NodeAgentOptions options)
{
    private bool _lacksBinding;

    /// <summary>Whether a pod waits for a node.</summary>
    public static bool Wants(Pod pod) =>
        pod.NodeName is null
        && pod.Metadata.DeletionTimestamp is null
        && pod.Phase == "Pending"
        && !pod.Conditions.Any(static condition => condition is { Type: "PodScheduled", Reason: "SchedulingGated" });

    /// <summary>Binds a pod; one that is gone or bound meanwhile is left alone.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="podsOn">Counts the pods of a node.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task BindAsync(Pod pod, Func<string, int> podsOn, CancellationToken cancellationToken)
    {
        string node = options.Nodes.MinBy(podsOn)!;
        try
        {
            if (!_lacksBinding)
            {
                await client.SendAsync(BindingOf(pod, node), cancellationToken);
                return;
            }
        }
        catch (KubernetesApiException error) when (error.IsConflict)
        {
            return;
        }
        catch (KubernetesApiException error) when (error.StatusCode is 404 or 405)
        {
            // The pod is gone, or the server has no binding subresource and takes the field itself.
        }
        try
        {
            var patch = KubernetesPatch.Merge(new JsonObject { ["spec"] = new JsonObject { ["nodeName"] = node } });
            await client.PatchAsync<Pod>(pod.Metadata.Key, patch, cancellationToken, new Preconditions(pod.Metadata.Uid, pod.Metadata.ResourceVersion));
            _lacksBinding = true;
        }
        catch (KubernetesApiException error) when (error.IsNotFound || error.IsConflict)
        {
            return;
        }
    }

    private static KubernetesRequest BindingOf(Pod pod, string node)
    {
        var binding = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Binding",
            ["metadata"] = new JsonObject { ["name"] = pod.Metadata.Name, ["namespace"] = pod.Metadata.Namespace, ["uid"] = pod.Metadata.Uid },
            ["target"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["name"] = node },
        };
        return new KubernetesRequest("POST", ResourceKinds.Pod.ObjectPath(pod.Metadata.Namespace, pod.Metadata.Name, "binding"))
        {
            ContentType = "application/json",
            Body = JsonSerializer.SerializeToUtf8Bytes(binding),
        };
    }
}
