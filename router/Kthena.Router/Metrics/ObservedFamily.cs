namespace Kthena.Router.Metrics;

/// <summary>A metric that is read where it lives when somebody asks.</summary>
/// <param name="name">The name.</param>
/// <param name="description">What it is.</param>
/// <param name="kind"><c>counter</c> or <c>gauge</c>.</param>
/// <param name="label">The label's name; null when there is none.</param>
/// <param name="read">Reads the label's values, each once, with their samples.</param>
internal sealed class ObservedFamily(string name, string description, string kind, string? label, Func<IEnumerable<(string Label, double Value)>> read)
    : IMetricFamily
{
    public string Name => name;

    public void Write(ExpositionText text)
    {
        bool isFirst = true;
        string[] labels = label is null ? [] : [label];
        foreach ((string value, double sample) in read().OrderBy(static item => item.Label, StringComparer.Ordinal))
        {
            if (isFirst)
                text.Header(name, description, kind);
            isFirst = false;
            text.Sample(name, "", labels, new LabelValues(value), sample);
        }
    }
}
