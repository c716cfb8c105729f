using System.Buffers.Text;

namespace Kthena.Routing.Engines;

/// <summary>
/// Reads what picking needs out of an engine's Prometheus exposition (text format 0.0.4): vLLM's names of old and new, and SGLang's.
/// One pass, no allocation; lines of no interest cost the search for their end.
/// </summary>
public static class EngineMetricsReader
{
    /// <summary>Reads an exposition.</summary>
    /// <param name="exposition">The text.</param>
    /// <returns>The metrics; those that are absent are 0.</returns>
    public static EngineMetrics Read(ReadOnlySpan<byte> exposition)
    {
        var totals = new Totals();
        while (!exposition.IsEmpty)
        {
            int end = exposition.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? exposition : exposition[..end];
            exposition = end < 0 ? default : exposition[(end + 1)..];
            if (line.StartsWith("vllm:"u8))
                TakeVllm(line[5..], ref totals);
            else if (line.StartsWith("sglang:"u8))
                TakeSglang(line[7..], ref totals);
        }
        return totals.ToMetrics();
    }

    private static void TakeVllm(ReadOnlySpan<byte> line, ref Totals totals)
    {
        switch (line.IsEmpty ? (byte)0 : line[0])
        {
            case (byte)'n':
                _ = Adds(line, "num_requests_waiting"u8, ref totals, ref totals.Waiting) || Adds(line, "num_requests_running"u8, ref totals, ref totals.Running);
                break;
            case (byte)'k':
                Raises(line, "kv_cache_usage_perc"u8, ref totals, ref totals.KvUsage);
                break;
            case (byte)'g':
                Raises(line, "gpu_cache_usage_perc"u8, ref totals, ref totals.OldKvUsage);
                break;
            case (byte)'i':
                Histogram(line, "inter_token_latency_seconds"u8, ref totals, ref totals.NextToken);
                break;
            case (byte)'t':
                Histogram(line, "time_to_first_token_seconds"u8, ref totals, ref totals.FirstToken);
                Histogram(line, "time_per_output_token_seconds"u8, ref totals, ref totals.OldNextToken);
                break;
        }
    }

    private static void TakeSglang(ReadOnlySpan<byte> line, ref Totals totals)
    {
        switch (line.IsEmpty ? (byte)0 : line[0])
        {
            case (byte)'n':
                _ = Adds(line, "num_queue_reqs"u8, ref totals, ref totals.Waiting) || Adds(line, "num_running_reqs"u8, ref totals, ref totals.Running);
                break;
            case (byte)'i':
                Histogram(line, "inter_token_latency_seconds"u8, ref totals, ref totals.NextToken);
                break;
            case (byte)'t':
                Raises(line, "token_usage"u8, ref totals, ref totals.KvUsage);
                Histogram(line, "time_to_first_token_seconds"u8, ref totals, ref totals.FirstToken);
                Histogram(line, "time_per_output_token_seconds"u8, ref totals, ref totals.OldNextToken);
                break;
        }
    }

    private static bool Adds(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, ref Totals totals, ref double total)
    {
        if (!Value(line, name, out double value))
            return false;
        total += value;
        return totals.IsEngine = true;
    }

    private static void Raises(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, ref Totals totals, ref double highest)
    {
        if (!Value(line, name, out double value))
            return;
        highest = Math.Max(highest, value);
        totals.IsEngine = true;
    }

    private static void Histogram(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, ref Totals totals, ref HistogramTotal total)
    {
        // Most lines of an exposition are buckets.
        if (!line.StartsWith(name) || line.Length <= name.Length + 1 || line[name.Length] != (byte)'_' || line[name.Length + 1] == (byte)'b')
            return;
        ReadOnlySpan<byte> part = line[(name.Length + 1)..];
        if (Value(part, "sum"u8, out double sum))
            total = total with { Sum = total.Sum + sum };
        else if (Value(part, "count"u8, out double count))
            total = total with { Count = total.Count + count };
        totals.IsEngine = true;
    }

    /// <summary>The value of a line that is exactly of this name, with or without labels; never one that is not finite.</summary>
    private static bool Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out double value)
    {
        value = 0;
        if (!line.StartsWith(name) || line.Length <= name.Length)
            return false;
        ReadOnlySpan<byte> rest = line[name.Length..];
        if (rest[0] == (byte)'{')
            rest = rest[(rest.LastIndexOf((byte)'}') + 1)..];
        else if (rest[0] is not ((byte)' ' or (byte)'\t'))
            return false;
        rest = rest.TrimStart(" \t"u8);
        return Utf8Parser.TryParse(rest, out value, out _) && double.IsFinite(value);
    }

    private struct Totals
    {
        public bool IsEngine;
        public double Waiting;
        public double Running;
        public double KvUsage;
        public double OldKvUsage;
        public HistogramTotal FirstToken;
        public HistogramTotal NextToken;
        public HistogramTotal OldNextToken;

        public readonly EngineMetrics ToMetrics() => new()
        {
            IsEngine = IsEngine,
            Waiting = Waiting,
            Running = Running,
            KvUsage = KvUsage > 0 ? KvUsage : OldKvUsage,
            FirstToken = FirstToken,
            NextToken = NextToken.Count > 0 ? NextToken : OldNextToken,
        };
    }
}
