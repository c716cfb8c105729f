using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>What our code reads of a Service.</summary>
public sealed record Service : IKubernetesResource<Service>
{
    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.Service;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>The labels of the pods behind the Service.</summary>
    public LabelSet Selector { get; init; } = LabelSet.Empty;

    /// <inheritdoc/>
    public static Service Parse(JsonElement json) => new()
    {
        Metadata = ObjectMeta.Parse(json),
        Selector = json.Field("spec").Labels("selector"),
    };
}
