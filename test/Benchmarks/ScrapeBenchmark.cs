using System.Globalization;
using System.Text;
using Kthena.Routing.Engines;

namespace Kthena.Benchmarks;

/// <summary>What reading an engine's exposition of about 60 KB costs.</summary>
internal static class ScrapeBenchmark
{
    private const int Scrapes = 2_000;

    public static async Task RunAsync()
    {
        byte[] exposition = Exposition();
        Console.WriteLine($"{exposition.Length:N0} bytes, {exposition.Count((byte)'\n'):N0} lines");
        BenchmarkLoop.Cost cost = await BenchmarkLoop.MeasureAsync("scrape: read 60 KB", Scrapes, () =>
        {
            for (int scrape = 0; scrape < Scrapes; scrape++)
                EngineMetricsReader.Read(exposition);
            return Task.CompletedTask;
        });
        Bars.AtMost("scrape: an exposition of 60 KB", cost.ProcessorMicroseconds, 150, "us");
    }

    /// <summary>Histograms with many buckets, as vLLM shows them, with what is looked for in between.</summary>
    internal static byte[] Exposition()
    {
        const string Labels = "engine=\"0\",model_name=\"deepseek-ai/DeepSeek-R1-Distill-Qwen-7B\"";
        var text = new StringBuilder();
        foreach (string gauge in new[] { "num_requests_running", "num_requests_waiting", "kv_cache_usage_perc" })
            text.Append(CultureInfo.InvariantCulture, $"# HELP vllm:{gauge} A gauge.\n# TYPE vllm:{gauge} gauge\nvllm:{gauge}{{{Labels}}} 1.0\n");
        foreach (string histogram in new[] { "time_to_first_token_seconds", "inter_token_latency_seconds" })
            Histogram(text, histogram, Labels);
        for (int index = 0; text.Length < 60_000; index++)
            Histogram(text, $"{(char)('e' + (index % 16))}2e_request_latency_{index}_seconds", Labels);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Histogram(StringBuilder text, string name, string labels)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP vllm:{name} Histogram of seconds.\n# TYPE vllm:{name} histogram\n");
        for (int bucket = 0; bucket < 22; bucket++)
            text.Append(CultureInfo.InvariantCulture, $"vllm:{name}_bucket{{{labels},le=\"{bucket * 0.25}\"}} {bucket * 100}.0\n");
        text.Append(CultureInfo.InvariantCulture, $"vllm:{name}_count{{{labels}}} 2200.0\nvllm:{name}_sum{{{labels}}} 1234.56789\n");
    }
}
