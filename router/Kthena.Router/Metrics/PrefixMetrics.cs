using Kthena.Router.Tables;

namespace Kthena.Router.Metrics;

/// <summary>The size of this router's own records of who holds which prompts.</summary>
internal static class PrefixMetrics
{
    public static IEnumerable<IMetricFamily> Families(SnapshotFollower snapshots) =>
    [
        new ObservedFamily("kthena_router_prefix_cache_entries", "Prompt blocks in the router's own records.", "gauge", label: null,
            () => [("", Servers(snapshots).Sum(static server => (double)server.Memory.Blocks))]),
        new ObservedFamily("kthena_router_prefix_cache_evictions_total", "Prompt blocks that gave way to newer ones.", "counter", "model",
            () => Servers(snapshots)
                .GroupBy(static server => server.Compiled.View.Spec.Model is { Length: > 0 } model ? model : server.Compiled.View.Key.Name)
                .Select(static group => (group.Key, group.Sum(static server => (double)server.Memory.Evictions)))),
    ];

    private static IEnumerable<LiveServer> Servers(SnapshotFollower snapshots) => snapshots.Table.Servers;
}
