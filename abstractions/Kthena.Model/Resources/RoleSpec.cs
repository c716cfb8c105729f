using System.Text.Json;
using Kthena.Model.Serving;

namespace Kthena.Model.Resources;

/// <summary>One role of a ServingGroup: replicated instances of one entry pod and its workers.</summary>
/// <param name="Name">The role's name, unique in the group.</param>
public sealed record RoleSpec(string Name)
{
    /// <summary>Role instances in each group.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Worker pods in each role instance.</summary>
    public int WorkerReplicas { get; init; }

    /// <summary>The entry pod's template.</summary>
    public required PodTemplate EntryTemplate { get; init; }

    /// <summary>The worker pods' template; null also means that no headless Service is made.</summary>
    public PodTemplate? WorkerTemplate { get; init; }

    /// <summary>Under RoleRollingUpdate: how many instances may be unavailable at once, in percent of <see cref="Replicas"/> rounded down; null is all.</summary>
    public IntOrPercent? MaxUnavailable { get; init; }

    /// <summary>Under RoleRollingUpdate: how many instances, from the lowest ordinal, keep the old revision, rounded up; null is none.</summary>
    public IntOrPercent? Partition { get; init; }

    /// <summary>The role as it came.</summary>
    public RawJson Json { get; init; }

    /// <summary>Pods in one instance: the entry and its workers.</summary>
    public int PodsPerInstance => 1 + WorkerReplicas;

    /// <summary>Whether an instance's workers are not made before its entry pod is ready.</summary>
    public bool WorkersAwaitEntry => WorkerReplicas > 0 && EntryTemplate.Annotations[ServingLabels.WorkersStart] == ServingLabels.AfterEntryReady;

    /// <summary>Reads one entry of <c>spec.template.roles</c>.</summary>
    /// <param name="json">The entry.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type.</exception>
    public static RoleSpec Parse(JsonElement json) => new(json.Text("name") ?? "")
    {
        Replicas = json.Int32("replicas") ?? 1,
        WorkerReplicas = json.Int32("workerReplicas") ?? 0,
        EntryTemplate = PodTemplate.Parse(json.Field("entryTemplate")),
        WorkerTemplate = json.Field("workerTemplate").ValueKind == JsonValueKind.Undefined
            ? null
            : PodTemplate.Parse(json.Field("workerTemplate")),
        MaxUnavailable = json.IntOrPercentage("maxUnavailable"),
        Partition = json.IntOrPercentage("partition"),
        Json = RawJson.From(json),
    };
}
