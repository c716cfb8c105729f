namespace Kthena.Routing.Engines;

/// <summary>What one scrape of an engine tells. Sums and counts are since the engine's start.</summary>
public record struct EngineMetrics
{
    /// <summary>Whether there was any metric that is known; if not, this was no engine's exposition.</summary>
    public bool IsEngine { get; set; }

    /// <summary>Requests that wait, over all its parts.</summary>
    public double Waiting { get; set; }

    /// <summary>Requests it works at, over all its parts.</summary>
    public double Running { get; set; }

    /// <summary>How full the KV cache is, 0 to 1; of several parts the fullest.</summary>
    public double KvUsage { get; set; }

    /// <summary>Seconds to the first token.</summary>
    public HistogramTotal FirstToken { get; set; }

    /// <summary>Seconds between two tokens.</summary>
    public HistogramTotal NextToken { get; set; }
}

/// <summary>A histogram without its buckets.</summary>
/// <param name="Sum">The sum of all observations.</param>
/// <param name="Count">How many there were.</param>
public readonly record struct HistogramTotal(double Sum, double Count);
