using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>What the control plane reports of a ModelServing.</summary>
public sealed record ModelServingStatus
{
    /// <summary>The generation that this was observed of.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>All groups that exist, those being deleted included.</summary>
    public int Replicas { get; init; }

    /// <summary>Groups on the current revision.</summary>
    public int CurrentReplicas { get; init; }

    /// <summary>Groups on the update revision.</summary>
    public int UpdatedReplicas { get; init; }

    /// <summary>Groups of which every role runs.</summary>
    public int AvailableReplicas { get; init; }

    /// <summary>The revision that groups come from.</summary>
    public string CurrentRevision { get; init; } = "";

    /// <summary>The revision that groups go to.</summary>
    public string UpdateRevision { get; init; } = "";

    /// <summary>Selects one pod for each group, for autoscalers.</summary>
    public string LabelSelector { get; init; } = "";

    /// <summary>The conditions.</summary>
    public ImmutableArray<Condition> Conditions { get; init; } = [];

    /// <summary>What groups and roles do; null where none was written, or the definition does not know it.</summary>
    public ServingDetail? Detail { get; init; }

    /// <summary>Reads <c>status</c>.</summary>
    /// <param name="json">The status; undefined gives an empty one.</param>
    public static ModelServingStatus Parse(JsonElement json) => new()
    {
        ObservedGeneration = json.Int64("observedGeneration") ?? 0,
        Replicas = json.Int32("replicas") ?? 0,
        CurrentReplicas = json.Int32("currentReplicas") ?? 0,
        UpdatedReplicas = json.Int32("updatedReplicas") ?? 0,
        AvailableReplicas = json.Int32("availableReplicas") ?? 0,
        CurrentRevision = json.Text("currentRevision") ?? "",
        UpdateRevision = json.Text("updateRevision") ?? "",
        LabelSelector = json.Text("labelSelector") ?? "",
        Conditions = json.Items("conditions", Condition.Parse),
        Detail = json.Field("detail") is { ValueKind: JsonValueKind.Object } detail ? ServingDetail.Parse(detail) : null,
    };
}
