using Kthena.Router.Scheduling;

namespace Kthena.Router.Metrics;

/// <summary>What became of the scheduler file's changes. Not among upstream's metrics: there the file is read once.</summary>
internal static class SchedulerMetrics
{
    public static IEnumerable<IMetricFamily> Families(SchedulerSource scheduler) => !scheduler.HasFile ? [] :
    [
        new ObservedFamily("kthena_router_scheduler_config_reloads_total", "Changes of the scheduler file that were found.", "counter",
            "result", () => [("failed", scheduler.Failures), ("succeeded", scheduler.Reloads)]),
        new ObservedFamily("kthena_router_scheduler_config_good", "1 while the scheduler file's content is in force, 0 while an older one is.", "gauge",
            label: null, () => [("", scheduler.IsGood ? 1 : 0)]),
    ];
}
