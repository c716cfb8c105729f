namespace Kthena.Router.Metrics;

/// <summary>A count that only grows. Safe for many threads.</summary>
internal sealed class Counter : ISeries
{
    private long _value;

    public static string Kind => "counter";

    public long Value => Volatile.Read(ref _value);

    public void Add(long count) => Interlocked.Add(ref _value, count);

    public void Write(ExpositionText text, string name, string[] labels, in LabelValues values) => text.Sample(name, "", labels, values, Value);
}
