using System.Diagnostics;

namespace Kthena.Router.Metrics;

/// <summary>What Prometheus' own libraries tell of a process, under their names.</summary>
internal static class ProcessMetrics
{
    public static IEnumerable<IMetricFamily> Families()
    {
        double started;
        using (Process process = Process.GetCurrentProcess())
            started = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000d;
        yield return Family("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "counter",
            static () => Environment.CpuUsage.TotalTime.TotalSeconds);
        yield return Family("process_resident_memory_bytes", "Resident memory size in bytes.", "gauge", static () => Environment.WorkingSet);
        yield return Family("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", "gauge", () => started);
    }

    private static ObservedFamily Family(string name, string description, string kind, Func<double> read) =>
        new(name, description, kind, label: null, () => [("", read())]);
}
