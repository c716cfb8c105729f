using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>A model served by replicated groups of roles: the resource that the control plane turns into pods.</summary>
public sealed record ModelServing : IKubernetesResource<ModelServing>
{
    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.ModelServing;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>What the user wants.</summary>
    public required ModelServingSpec Spec { get; init; }

    /// <summary>What was last reported.</summary>
    public ModelServingStatus Status { get; init; } = new();

    /// <inheritdoc/>
    public static ModelServing Parse(JsonElement json) => new()
    {
        Metadata = ObjectMeta.Parse(json),
        Spec = ModelServingSpec.Parse(json.Field("spec")),
        Status = ModelServingStatus.Parse(json.Field("status")),
    };
}
