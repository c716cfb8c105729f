using System.Globalization;
using System.Text;

namespace Kthena.Embedded.Engines;

/// <summary>What an engine counts, written under vLLM's or SGLang's names.</summary>
internal sealed class EngineInstruments
{
    private readonly Histogram _firstToken = Histogram.ForFirstToken();
    private readonly Histogram _nextToken = Histogram.ForNextToken();
    private readonly Histogram _request = Histogram.ForRequest();
    private long _promptTokens;
    private long _generationTokens;
    private long _cacheQueries;
    private long _cacheHits;
    private long _stopped;
    private long _cutShort;
    private long _aborted;

    public void PromptRead(int tokens, int cachedTokens)
    {
        Interlocked.Add(ref _promptTokens, tokens);
        Interlocked.Add(ref _cacheQueries, tokens);
        Interlocked.Add(ref _cacheHits, cachedTokens);
    }

    public void TokenMade(TimeSpan sincePrevious, bool isFirst)
    {
        Interlocked.Increment(ref _generationTokens);
        (isFirst ? _firstToken : _nextToken).Observe(sincePrevious);
    }

    /// <param name="finishReason"><c>stop</c>, <c>length</c>, or null when the client went away.</param>
    /// <param name="elapsed">Since the request came.</param>
    public void RequestEnded(string? finishReason, TimeSpan elapsed)
    {
        if (finishReason is null)
        {
            Interlocked.Increment(ref _aborted);
            return;
        }
        Interlocked.Increment(ref finishReason == "stop" ? ref _stopped : ref _cutShort);
        _request.Observe(elapsed);
    }

    public string Write(EngineKind kind, string model, int running, int waiting, double cacheUsage)
    {
        var text = new StringBuilder(4096);
        string labels = kind == EngineKind.Vllm ? $"engine=\"0\",model_name=\"{Escape(model)}\"" : $"model_name=\"{Escape(model)}\"";
        if (kind == EngineKind.Vllm)
            WriteVllm(text, labels, running, waiting, cacheUsage);
        else
            WriteSglang(text, labels, running, waiting, cacheUsage);
        return text.ToString();
    }

    private void WriteVllm(StringBuilder text, string labels, int running, int waiting, double cacheUsage)
    {
        Sample(text, "vllm:num_requests_running", "gauge", "Number of requests in model execution batches.", labels, running);
        Sample(text, "vllm:num_requests_waiting", "gauge", "Number of requests waiting to be processed.", labels, waiting);
        Sample(text, "vllm:kv_cache_usage_perc", "gauge", "KV-cache usage. 1 means 100 percent usage.", labels, cacheUsage);
        Sample(text, "vllm:prefix_cache_queries_total", "counter", "Prefix cache queries, in tokens.", labels, _cacheQueries);
        Sample(text, "vllm:prefix_cache_hits_total", "counter", "Prefix cache hits, in tokens.", labels, _cacheHits);
        Sample(text, "vllm:prompt_tokens_total", "counter", "Number of prefill tokens processed.", labels, _promptTokens);
        Sample(text, "vllm:generation_tokens_total", "counter", "Number of generation tokens processed.", labels, _generationTokens);
        Head(text, "vllm:request_success_total", "counter", "Count of processed requests.");
        Line(text, "vllm:request_success_total", $"{labels},finished_reason=\"stop\"", _stopped);
        Line(text, "vllm:request_success_total", $"{labels},finished_reason=\"length\"", _cutShort);
        Line(text, "vllm:request_success_total", $"{labels},finished_reason=\"abort\"", _aborted);
        WriteHistograms(text, "vllm", labels);
    }

    private void WriteSglang(StringBuilder text, string labels, int running, int waiting, double cacheUsage)
    {
        double hitRate = _cacheQueries == 0 ? 0 : (double)_cacheHits / _cacheQueries;
        Sample(text, "sglang:num_running_reqs", "gauge", "The number of running requests.", labels, running);
        Sample(text, "sglang:num_queue_reqs", "gauge", "The number of requests in the waiting queue.", labels, waiting);
        Sample(text, "sglang:token_usage", "gauge", "The token usage.", labels, cacheUsage);
        Sample(text, "sglang:cache_hit_rate", "gauge", "The prefix cache hit rate.", labels, hitRate);
        Sample(text, "sglang:prompt_tokens_total", "counter", "Number of prefill tokens processed.", labels, _promptTokens);
        Sample(text, "sglang:generation_tokens_total", "counter", "Number of generation tokens processed.", labels, _generationTokens);
        Sample(text, "sglang:num_requests_total", "counter", "Number of requests processed.", labels, _stopped + _cutShort);
        WriteHistograms(text, "sglang", labels);
    }

    private void WriteHistograms(StringBuilder text, string prefix, string labels)
    {
        Head(text, $"{prefix}:time_to_first_token_seconds", "histogram", "Histogram of time to first token in seconds.");
        _firstToken.Write(text, $"{prefix}:time_to_first_token_seconds", labels);
        Head(text, $"{prefix}:inter_token_latency_seconds", "histogram", "Histogram of inter-token latency in seconds.");
        _nextToken.Write(text, $"{prefix}:inter_token_latency_seconds", labels);
        Head(text, $"{prefix}:e2e_request_latency_seconds", "histogram", "Histogram of e2e request latency in seconds.");
        _request.Write(text, $"{prefix}:e2e_request_latency_seconds", labels);
    }

    private static void Sample(StringBuilder text, string name, string type, string help, string labels, double value)
    {
        Head(text, name, type, help);
        Line(text, name, labels, value);
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value}\n");

    private static string Escape(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
