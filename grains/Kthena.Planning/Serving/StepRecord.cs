using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>
/// The recorded steps as a ModelServing's annotations hold them. A step leaves the record when what it took away is gone, and
/// whoever takes the next one has to know that too: so the record says how far its writer knew the pods.
/// </summary>
/// <param name="Steps">The text of <see cref="ServingLabels.Operations"/>; empty for no step.</param>
/// <param name="PodsSeen">The newest resource version of pods that its writer knew; 0 where none was recorded yet.</param>
public readonly record struct StepRecord(string Steps, long PodsSeen)
{
    /// <summary>Reads the record. A version that cannot be read asks for nothing.</summary>
    /// <param name="annotations">The ModelServing's annotations.</param>
    public static StepRecord Of(LabelSet annotations) => new(
        annotations[ServingLabels.Operations] ?? "",
        long.TryParse(annotations[ServingLabels.PodsSeen], NumberStyles.None, CultureInfo.InvariantCulture, out long seen) ? seen : 0);

    /// <summary>The merge patch that writes the record: without steps only how far the pods were known stays.</summary>
    public RawJson ToPatch()
    {
        var annotations = new JsonObject { [ServingLabels.Operations] = Steps.Length == 0 ? null : Steps };
        if (PodsSeen > 0)
            annotations[ServingLabels.PodsSeen] = PodsSeen.ToString(CultureInfo.InvariantCulture);
        return new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } }.ToRaw();
    }
}
