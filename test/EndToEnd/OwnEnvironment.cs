using System.Diagnostics;

namespace EndToEnd;

/// <summary>A child of these tests has the environment that they have, without what would set up the platform, as in a pod that runs CI.</summary>
internal static class OwnEnvironment
{
    private static readonly string[] Names =
    [
        "POD_IP", "POD_NAMESPACE", "KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT",
        "ACCESS_LOG_ENABLED", "ACCESS_LOG_FORMAT", "ACCESS_LOG_OUTPUT", "DRAIN_TIMEOUT", "ENABLE_FAIRNESS_SCHEDULING", "ENABLE_SESSION_BOOST",
        "METRICS_SCRAPE_INTERVAL", "REDIS_HOST", "REDIS_PASSWORD", "REDIS_PORT", "SNAPSHOT_FILE", "SNAPSHOT_MAX_AGE",
    ];

    public static void Give(ProcessStartInfo child)
    {
        foreach (string name in child.Environment.Keys.Where(static name => Names.Contains(name) || name.StartsWith("OTEL_", StringComparison.Ordinal)).ToArray())
            child.Environment.Remove(name);
    }
}
