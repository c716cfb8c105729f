using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>Which pods serve a model, on which port, with which engine.</summary>
public sealed record ModelServer : IKubernetesResource<ModelServer>
{
    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.ModelServer;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>What the user wants.</summary>
    public required ModelServerSpec Spec { get; init; }

    /// <inheritdoc/>
    public static ModelServer Parse(JsonElement json) => new()
    {
        Metadata = ObjectMeta.Parse(json),
        Spec = ModelServerSpec.Parse(json.Field("spec")),
    };
}
