using System.Text.Json;

namespace Kthena.Admission;

/// <summary>Targets of metrics: numbers above nothing, one for each name.</summary>
internal static class MetricRules
{
    public static void Check(JsonElement owner, string path, ErrorList errors)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        int at = 0;
        foreach (JsonElement metric in owner.List("metrics"))
        {
            string here = $"{path}.metrics[{at++}]";
            string name = metric.Text("name") ?? "";
            if (!names.Add(name))
                errors.Duplicate($"{here}.name", name);
            JsonElement target = metric.Member("targetValue");
            if (Quantities.Parse(target) is not { } value)
                errors.Invalid($"{here}.targetValue", "must be a quantity", target);
            else if (!double.IsFinite(value) || value <= 0)
                errors.Invalid($"{here}.targetValue", "must be a finite number greater than zero", target);
        }
    }
}
