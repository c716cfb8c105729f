namespace Kthena.Router.Metrics;

/// <summary>How often which sizes were seen. Safe for many threads; what is written is consistent in itself.</summary>
/// <param name="bounds">The upper bounds of the buckets, ascending, inclusive; the last bucket has none.</param>
internal sealed class Histogram(double[] bounds) : ISeries
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public static string Kind => "histogram";

    public void Observe(double value)
    {
        int bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        double before = Volatile.Read(ref _sum);
        while (true)
        {
            double seen = Interlocked.CompareExchange(ref _sum, before + value, before);
            if (seen.Equals(before))
                return;
            before = seen;
        }
    }

    public void Write(ExpositionText text, string name, string[] labels, in LabelValues values)
    {
        long cumulated = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            cumulated += Volatile.Read(ref _counts[bucket]);
            text.Bucket(name, labels, values, bucket < bounds.Length ? bounds[bucket] : double.PositiveInfinity, cumulated);
        }
        text.Sample(name, "_sum", labels, values, Volatile.Read(ref _sum));
        text.Sample(name, "_count", labels, values, cumulated);
    }
}
