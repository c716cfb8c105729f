using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>Tells which of a ModelServer's pods prefill, which decode, and which of them work together.</summary>
/// <param name="GroupKey">The label whose value is alike on pods that work together.</param>
/// <param name="PrefillLabels">The labels of pods that compute prompts.</param>
/// <param name="DecodeLabels">The labels of pods that make answers.</param>
[GenerateSerializer, Immutable, Alias("kthena.PrefillDecodeGroup")]
public sealed record PrefillDecodeGroup(
    [property: Id(0)] string GroupKey, [property: Id(1)] LabelSet PrefillLabels, [property: Id(2)] LabelSet DecodeLabels)
{
    /// <summary>Reads <c>pdGroup</c>.</summary>
    /// <param name="json">The group.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type.</exception>
    internal static PrefillDecodeGroup Parse(JsonElement json) =>
        new(json.Text("groupKey") ?? "", json.Labels("prefillLabels"), json.Labels("decodeLabels"));
}
