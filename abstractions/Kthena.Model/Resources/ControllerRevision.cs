using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>A stored template of a controller.</summary>
public sealed record ControllerRevision : IKubernetesResource<ControllerRevision>
{
    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.ControllerRevision;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>The order in which revisions came to be; higher is newer.</summary>
    public long Revision { get; init; }

    /// <summary>The stored template; opaque to the API server.</summary>
    public RawJson Data { get; init; }

    /// <inheritdoc/>
    public static ControllerRevision Parse(JsonElement json) => new()
    {
        Metadata = ObjectMeta.Parse(json),
        Revision = json.Int64("revision") ?? 0,
        Data = RawJson.From(json.Field("data")),
    };
}
