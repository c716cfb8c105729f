using Kthena.Router.Accounting;
using Kthena.Router.Picking;

namespace Kthena.Router.Metrics;

/// <summary>What the router gave up because a queue was full or an output broken. Not among upstream's metrics.</summary>
internal static class LossMetrics
{
    public static IEnumerable<IMetricFamily> Families(AccessLogWriter accessLog, DispatchRecorder recorder) =>
    [
        new ObservedFamily("kthena_router_access_log_lost_total", "Entries of the access log that found its queue full or its output broken.", "counter",
            label: null, () => [("", accessLog.Lost)]),
        new ObservedFamily("kthena_router_dispatch_records_lost_total", "Records of dispatches that found their queue full.", "counter",
            label: null, () => [("", recorder.Lost)]),
    ];
}
