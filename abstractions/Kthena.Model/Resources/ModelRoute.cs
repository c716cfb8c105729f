using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>Which requests go to which model servers.</summary>
public sealed record ModelRoute : IKubernetesResource<ModelRoute>
{
    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.ModelRoute;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>What the user wants.</summary>
    public required ModelRouteSpec Spec { get; init; }

    /// <inheritdoc/>
    public static ModelRoute Parse(JsonElement json) => new()
    {
        Metadata = ObjectMeta.Parse(json),
        Spec = ModelRouteSpec.Parse(json.Field("spec")),
    };
}
