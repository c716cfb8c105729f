using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kthena.Model.Resources;

/// <summary>The desired state of a ModelServer. Crosses between grains and routers inside the routing snapshot.</summary>
[GenerateSerializer, Immutable, Alias("kthena.ModelServerSpec")]
public sealed partial record ModelServerSpec
{
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromDays(24);

    /// <summary>The model's name at the engine; null keeps the request's own.</summary>
    [Id(0)]
    public string? Model { get; init; }

    /// <summary><c>vLLM</c> or <c>SGLang</c>.</summary>
    [Id(1)]
    public string InferenceEngine { get; init; } = "vLLM";

    /// <summary>The labels of the pods, in the ModelServer's namespace.</summary>
    [Id(2)]
    public LabelSet WorkloadSelector { get; init; } = LabelSet.Empty;

    /// <summary>The port that the engines listen on.</summary>
    [Id(3)]
    public int WorkloadPort { get; init; }

    /// <summary>How long an engine may take until its response headers, more than zero, at most 24 days; null is no bound.</summary>
    [Id(4)]
    public TimeSpan? Timeout { get; init; }

    /// <summary>Which pods prefill and which decode, by <c>workloadSelector.pdGroup</c>; null where every pod does both.</summary>
    [Id(6)]
    public PrefillDecodeGroup? PrefillDecode { get; init; }

    /// <summary><c>kvConnector.type</c>: how a prefill pod's KV cache reaches the decode pod; null leaves it to the engine's kind.</summary>
    [Id(7)]
    public string? KvConnector { get; init; }

    /// <summary>Reads <c>spec</c>.</summary>
    /// <param name="json">The spec.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type or the timeout is malformed.</exception>
    public static ModelServerSpec Parse(JsonElement json) => new()
    {
        Model = json.Text("model"),
        InferenceEngine = json.Text("inferenceEngine") ?? "vLLM",
        WorkloadSelector = json.Field("workloadSelector").Labels("matchLabels"),
        PrefillDecode = json.Field("workloadSelector").Field("pdGroup") is { ValueKind: JsonValueKind.Object } group
            ? PrefillDecodeGroup.Parse(group)
            : null,
        KvConnector = json.Field("kvConnector").Text("type"),
        WorkloadPort = json.Field("workloadPort").Int32("port") ?? 0,
        Timeout = json.Field("trafficPolicy").Text("timeout") is string text ? ParseTimeout(text) : null,
    };

    /// <summary>
    /// Reads a bound as Go prints durations, such as <c>1m30s</c> or <c>250ms</c>. Nothing bounds nothing, and neither does what no timer
    /// can hold.
    /// </summary>
    private static TimeSpan? ParseTimeout(string text)
    {
        Match match = GoDuration().Match(text);
        if (!match.Success)
            throw new FormatException($"Field 'timeout' must be a duration such as 1m30s, not '{text}'.");
        double seconds = 0;
        for (int part = 0; part < match.Groups[2].Captures.Count; part++)
        {
            double amount = double.Parse(match.Groups[2].Captures[part].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            seconds += amount * match.Groups[3].Captures[part].Value switch
            {
                "h" => 3600,
                "m" => 60,
                "s" => 1,
                "ms" => 1e-3,
                "us" or "µs" => 1e-6,
                _ => 1e-9,
            };
        }
        return seconds > 0 && seconds <= TimeoutMax.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    [GeneratedRegex(@"\A(?:0|((\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns))+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex GoDuration();
}
