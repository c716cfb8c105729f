namespace Kthena.Router.Metrics;

/// <summary>One series: a metric with certain label values.</summary>
internal interface ISeries
{
    /// <summary><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</summary>
    static abstract string Kind { get; }

    void Write(ExpositionText text, string name, string[] labels, in LabelValues values);
}
