using System.Text.Json;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Gang;

/// <summary>What one role instance takes.</summary>
/// <param name="Pods">Its pods that there are before any of them runs.</param>
/// <param name="Requests">What a scheduler sets aside for all of them.</param>
internal sealed record InstanceDemand(int Pods, ResourceAmounts Requests)
{
    /// <summary>Counts an instance.</summary>
    /// <param name="role">The role at the instance's revision.</param>
    public static InstanceDemand Of(RoleDefinition role)
    {
        if (role.Json.IsAbsent)
            return new InstanceDemand(0, ResourceAmounts.None);
        using JsonDocument document = JsonDocument.Parse(role.Json.Utf8);
        var spec = RoleSpec.Parse(document.RootElement);
        PodTemplate worker = spec.WorkerTemplate ?? spec.EntryTemplate;
        return new InstanceDemand(
            // A scheduler that waited for workers which await their entry pod would wait for ever.
            spec.WorkersAwaitEntry ? 1 : spec.PodsPerInstance,
            PodRequests.Of(spec.EntryTemplate.Spec).Plus(PodRequests.Of(worker.Spec).Times(spec.WorkerReplicas)));
    }
}
