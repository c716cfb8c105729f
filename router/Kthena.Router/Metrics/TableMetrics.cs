using Kthena.Router.Tables;

namespace Kthena.Router.Metrics;

/// <summary>How old the routing table is. Not among upstream's metrics.</summary>
internal static class TableMetrics
{
    public static IEnumerable<IMetricFamily> Families(SnapshotFollower snapshots) =>
    [
        new ObservedFamily("kthena_router_routing_table_stale_seconds", "Seconds since a silo stood by the routing table; 0 while one does.", "gauge",
            label: null, () => [("", snapshots.HasTable ? snapshots.StaleFor?.TotalSeconds ?? 0 : 0)]),
        new ObservedFamily("kthena_router_routing_table_version", "The version of the routing table; 0 is none.", "gauge",
            label: null, () => [("", snapshots.Table.Version)]),
    ];
}
