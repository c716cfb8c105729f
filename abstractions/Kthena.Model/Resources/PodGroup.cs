using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>What our code reads of a Volcano PodGroup: pods that are scheduled together or not at all.</summary>
public sealed record PodGroup : IKubernetesResource<PodGroup>
{
    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.PodGroup;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>The spec as it came; absent when there is none.</summary>
    public RawJson Spec { get; init; }

    /// <inheritdoc/>
    public static PodGroup Parse(JsonElement json) => new()
    {
        Metadata = ObjectMeta.Parse(json),
        Spec = RawJson.From(json.Field("spec")),
    };
}
