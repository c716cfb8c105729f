using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>Replicated groups of a leader and its workers: another project's resource, served by way of a ModelServing.</summary>
public sealed record LeaderWorkerSet : IKubernetesResource<LeaderWorkerSet>
{
    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.LeaderWorkerSet;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>What the user wants, as it came.</summary>
    public RawJson Spec { get; init; }

    /// <summary>What was last reported.</summary>
    public LeaderWorkerSetStatus Status { get; init; } = new();

    /// <inheritdoc/>
    public static LeaderWorkerSet Parse(JsonElement json) => new()
    {
        Metadata = ObjectMeta.Parse(json),
        Spec = RawJson.From(json.Field("spec")),
        Status = LeaderWorkerSetStatus.Parse(json.Field("status")),
    };
}
