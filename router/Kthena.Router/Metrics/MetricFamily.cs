using System.Collections.Concurrent;

namespace Kthena.Router.Metrics;

/// <summary>
/// The series of one metric name, by label values. At most <paramref name="seriesMax"/>: further label values share one series
/// whose labels are all <c>other</c>, so that no client can make the router remember without end.
/// </summary>
/// <typeparam name="TSeries">The kind of series.</typeparam>
/// <param name="name">The name.</param>
/// <param name="description">What it counts.</param>
/// <param name="labels">The labels' names.</param>
/// <param name="create">Makes a series.</param>
/// <param name="seriesMax">How many series at most.</param>
internal sealed class MetricFamily<TSeries>(string name, string description, string[] labels, Func<TSeries> create, int seriesMax) : IMetricFamily
    where TSeries : class, ISeries
{
    private static readonly LabelValues Overflow = LabelValues.Same(LabelBudget.Other);

    private readonly ConcurrentDictionary<LabelValues, TSeries> _series = new();

    public string Name => name;

    /// <summary>The series with these label values; made when it is new.</summary>
    public TSeries At(in LabelValues values)
    {
        if (_series.TryGetValue(values, out TSeries? series))
            return series;
        return _series.GetOrAdd(_series.Count < seriesMax ? values : Overflow, static (_, make) => make(), create);
    }

    public void Write(ExpositionText text)
    {
        if (_series.IsEmpty)
            return;
        text.Header(name, description, TSeries.Kind);
        foreach ((LabelValues values, TSeries series) in _series.OrderBy(static pair => pair.Key, ByLabels.Instance))
            series.Write(text, name, labels, values);
    }

    private sealed class ByLabels : IComparer<LabelValues>
    {
        public static readonly ByLabels Instance = new();

        public int Compare(LabelValues x, LabelValues y)
        {
            for (int index = 0; index < LabelValues.Max; index++)
            {
                if (string.CompareOrdinal(x[index], y[index]) is int order and not 0)
                    return order;
            }
            return 0;
        }
    }
}
