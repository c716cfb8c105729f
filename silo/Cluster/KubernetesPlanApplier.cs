using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Grains.Apply;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Planning.Writes;

namespace Kthena.Silo.Cluster;

/// <summary>Writes plans to the API server. The client bounds how many writes are in flight.</summary>
/// <param name="shared">Reaches the API server.</param>
/// <param name="recorder">Takes events.</param>
internal sealed class KubernetesPlanApplier(KubernetesClient shared, EventRecorder recorder) : IPlanApplier
{
    public async ValueTask<ApplyResult> ApplyAsync(ClusterWrite write, NamespacedName serving, CancellationToken cancellation)
    {
        KubernetesClient client = shared.InLane(serving.ToString());
        try
        {
            return write switch
            {
                CreateObject create => Done(
                    await client.CreateAsync(create.Kind, create.Target.Namespace, create.Body, cancellation)),
                DeleteObject delete => Done(await DeleteAsync(client, delete, cancellation)),
                PatchObject patch => Done(await client.PatchAsync(
                    patch.Kind,
                    patch.Target,
                    KubernetesPatch.Merge(patch.Patch),
                    cancellation,
                    new Preconditions(ResourceVersion: patch.ResourceVersion),
                    patch.Subresource)),
                RecordEvent happening => Record(happening),
                _ => throw new ArgumentException($"No write is known as {write.GetType().Name}.", nameof(write)),
            };
        }
        catch (KubernetesApiException error)
        {
            string message = error.StatusMessage.Length > 0 ? error.StatusMessage : error.Message;
            return new ApplyResult(OutcomeOf(write, error), Message: message, RetryAfter: error.RetryAfter);
        }
        catch (KubernetesUnreachableException error)
        {
            return new ApplyResult(ApplyOutcome.Unavailable, Message: error.Message);
        }
    }

    private static ApplyOutcome OutcomeOf(ClusterWrite write, KubernetesApiException error) => (write, error) switch
    {
        (CreateObject, { IsAlreadyExists: true }) => ApplyOutcome.Unneeded,
        // Another UID under that name means that the one to delete is gone.
        (DeleteObject, { IsNotFound: true } or { IsConflict: true }) => ApplyOutcome.Unneeded,
        (PatchObject, { IsNotFound: true } or { IsConflict: true }) => ApplyOutcome.Conflict,
        (_, { IsTooManyRequests: true } or { StatusCode: >= 500 } or { IsConflict: true }) => ApplyOutcome.Unavailable,
        _ => ApplyOutcome.Rejected,
    };

    private static Task<RawJson> DeleteAsync(KubernetesClient client, DeleteObject delete, CancellationToken cancellation)
    {
        var options = new JsonObject
        {
            ["kind"] = "DeleteOptions",
            ["apiVersion"] = "v1",
            ["preconditions"] = new JsonObject { ["uid"] = delete.Uid },
        };
        return client.SendAsync(
            new KubernetesRequest("DELETE", delete.Kind.ObjectPath(delete.Target.Namespace, delete.Target.Name))
            {
                ContentType = "application/json",
                Body = JsonSerializer.SerializeToUtf8Bytes(options),
            },
            cancellation);
    }

    /// <summary>The version that the answer tells; an answer without one, such as a Status, tells none.</summary>
    private static ApplyResult Done(RawJson answer)
    {
        using JsonDocument document = JsonDocument.Parse(answer.Utf8);
        return new ApplyResult(
            ApplyOutcome.Applied, (long)ResourceVersions.Parse(ObjectMeta.Parse(document.RootElement).ResourceVersion));
    }

    private ApplyResult Record(RecordEvent happening)
    {
        recorder.Record(
            new EventSubject(happening.Kind, happening.Target, happening.Uid),
            happening.IsWarning ? EventRecorder.Warning : EventRecorder.Normal,
            happening.Reason,
            happening.Message);
        return new ApplyResult(ApplyOutcome.Applied);
    }
}
