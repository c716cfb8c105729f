using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>A pod as a user wrote it.</summary>
public sealed record PodTemplate
{
    /// <summary>The user's labels.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>The user's annotations.</summary>
    public LabelSet Annotations { get; init; } = LabelSet.Empty;

    /// <summary>The pod spec, passed on as it came; absent when the template has none.</summary>
    public RawJson Spec { get; init; }

    /// <summary>Reads a template.</summary>
    /// <param name="json">An object with <c>metadata</c> and <c>spec</c>.</param>
    public static PodTemplate Parse(JsonElement json)
    {
        JsonElement metadata = json.Field("metadata");
        return new PodTemplate
        {
            Labels = metadata.Labels("labels"),
            Annotations = metadata.Labels("annotations"),
            Spec = RawJson.From(json.Field("spec")),
        };
    }
}
