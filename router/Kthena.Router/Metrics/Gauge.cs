namespace Kthena.Router.Metrics;

/// <summary>A count that grows and falls. Safe for many threads.</summary>
internal sealed class Gauge : ISeries
{
    private long _value;

    public static string Kind => "gauge";

    public long Value => Volatile.Read(ref _value);

    public void Increment() => Interlocked.Increment(ref _value);

    public void Decrement() => Interlocked.Decrement(ref _value);

    public void Write(ExpositionText text, string name, string[] labels, in LabelValues values) => text.Sample(name, "", labels, values, Value);
}
