namespace Kthena.Routing.Engines;

/// <summary>The mean of a histogram's newest observations, scrape by scrape.</summary>
/// <param name="Last">The histogram at the last scrape; null before the first.</param>
/// <param name="Seconds">The mean of the newest observations; 0 before any.</param>
public readonly record struct LatencyMean(HistogramTotal? Last, double Seconds)
{
    /// <summary>Nothing was measured.</summary>
    public static readonly LatencyMean None = new(null, 0);

    /// <summary>Takes the next scrape. The first only says where to count from; a histogram that fell is that of an engine that began anew.</summary>
    /// <param name="total">The histogram.</param>
    public LatencyMean Next(HistogramTotal total)
    {
        if (Last is not { } last)
            return new LatencyMean(total, Seconds);
        bool beganAnew = total.Count < last.Count || total.Sum < last.Sum;
        (double sum, double count) = beganAnew ? (total.Sum, total.Count) : (total.Sum - last.Sum, total.Count - last.Count);
        return new LatencyMean(total, count > 0 && sum > 0 ? sum / count : Seconds);
    }
}
