namespace Kthena.Router.Metrics;

/// <summary>All series of one metric name.</summary>
internal interface IMetricFamily
{
    string Name { get; }

    /// <summary>Writes the family as it is now; nothing while it has no series.</summary>
    void Write(ExpositionText text);
}
