using Kthena.Router.Picking;

namespace Kthena.Router.Metrics;

/// <summary>What became of look-ups in the cluster's prefix cache. Not among upstream's metrics.</summary>
internal static class LookupMetrics
{
    public static IEnumerable<IMetricFamily> Families(EndpointPicker picker) =>
    [
        new ObservedFamily("kthena_router_prefix_lookups_total", "Look-ups in the cluster's prefix cache.", "counter",
            "result", () => [("answered", picker.AnsweredLookups), ("failed", picker.FailedLookups), ("skipped", picker.SkippedLookups)]),
    ];
}
