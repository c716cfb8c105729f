using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>What is reported of a LeaderWorkerSet. Compared by content.</summary>
public sealed record LeaderWorkerSetStatus
{
    /// <summary>All groups that exist.</summary>
    public int Replicas { get; init; }

    /// <summary>Groups of which every pod is ready.</summary>
    public int ReadyReplicas { get; init; }

    /// <summary>Groups of the present template.</summary>
    public int UpdatedReplicas { get; init; }

    /// <summary>Selects one pod for each group, for autoscalers.</summary>
    public string HpaPodSelector { get; init; } = "";

    /// <summary>The conditions.</summary>
    public ImmutableArray<Condition> Conditions { get; init; } = [];

    /// <summary>Reads <c>status</c>.</summary>
    /// <param name="json">The status; undefined gives an empty one.</param>
    public static LeaderWorkerSetStatus Parse(JsonElement json) => new()
    {
        Replicas = json.Int32("replicas") ?? 0,
        ReadyReplicas = json.Int32("readyReplicas") ?? 0,
        UpdatedReplicas = json.Int32("updatedReplicas") ?? 0,
        HpaPodSelector = json.Text("hpaPodSelector") ?? "",
        Conditions = json.Items("conditions", Condition.Parse),
    };

    /// <summary>Whether both tell the same.</summary>
    /// <param name="other">The status to compare with.</param>
    public bool Equals(LeaderWorkerSetStatus? other) =>
        other is not null
        && Replicas == other.Replicas
        && ReadyReplicas == other.ReadyReplicas
        && UpdatedReplicas == other.UpdatedReplicas
        && HpaPodSelector == other.HpaPodSelector
        && Conditions.AsSpan().SequenceEqual(other.Conditions.AsSpan());

    /// <summary>A hash that agrees with <see cref="Equals(LeaderWorkerSetStatus)"/>; never used for order.</summary>
    public override int GetHashCode() => Replicas;
}
