using System.Collections.Immutable;

namespace Kthena.Router.Settings;

/// <summary>
/// Upstream's settings that have nothing to set here, with what does their work instead. They are taken, so that a deployment that
/// was written for upstream starts; each one that is used is told of.
/// </summary>
internal static class IdleSettings
{
    private const string Webhooks = "the control plane answers admission reviews";
    private const string Silos = "routers hear of the cluster from the control plane";
    private const string Redis = "routers share counts and prefixes through the control plane, without Redis";

    private static readonly string[] RedisVariables = ["REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD"];

    /// <summary>Flags with a value.</summary>
    public static readonly ImmutableArray<string> Values =
    [
        "--webhook-port", "--webhook-tls-cert-file", "--webhook-tls-private-key-file", "--cert-secret-name", "--webhook-service-name",
        "--kube-api-qps", "--kube-api-burst", "-v", "--v", "--vmodule", "--log_file", "--log_dir", "--stderrthreshold", "--log_backtrace_at", "--log_file_max_size",
    ];

    /// <summary>Flags without one.</summary>
    public static readonly ImmutableArray<string> Switches =
        ["--enable-webhook", "--logtostderr", "--alsologtostderr", "--one_output", "--skip_headers", "--skip_log_headers", "--add_dir_header"];

    /// <summary>What is set without effect, a sentence each.</summary>
    /// <param name="flags">The flags that were given.</param>
    /// <param name="variable">An environment variable by name; null or empty when it is not set.</param>
    /// <param name="faults">Receives a sentence for each value that could not be used anyway.</param>
    public static ImmutableArray<string> Read(IReadOnlyDictionary<string, string> flags, Func<string, string?> variable, ICollection<string> faults)
    {
        var told = ImmutableArray.CreateBuilder<string>();
        foreach (string flag in Values.Concat(Switches).Where(flags.ContainsKey))
            told.Add($"{flag} has no effect: {Instead(flag)}.");
        foreach (string name in RedisVariables.Where(IsSet))
            told.Add($"{name} has no effect: {Redis}.");
        if (IsSet("METRICS_SCRAPE_INTERVAL"))
        {
            if (!GoDuration.TryParse(variable("METRICS_SCRAPE_INTERVAL"), out TimeSpan interval) || interval <= TimeSpan.Zero)
                faults.Add($"METRICS_SCRAPE_INTERVAL must be a duration of more than zero, such as 1s, not '{variable("METRICS_SCRAPE_INTERVAL")}'.");
            told.Add("METRICS_SCRAPE_INTERVAL has no effect: the control plane scrapes each engine once for all routers, every second while it is used.");
        }
        return told.DrainToImmutable();

        bool IsSet(string name) => !string.IsNullOrEmpty(variable(name));
    }

    private static string Instead(string flag) =>
        flag.Contains("webhook", StringComparison.Ordinal) || flag == "--cert-secret-name" ? Webhooks
        : flag.StartsWith("--kube-api", StringComparison.Ordinal) ? Silos
        : "the log goes to standard error";
}
