using System.Diagnostics;
using System.Globalization;

namespace Kthena.Benchmarks;

/// <summary>The router's whole pipeline against a bare YARP forwarder, in turns, in one process, before one engine process.</summary>
internal static class RouterBenchmark
{
    private const int Connections = 32;
    private const int Rounds = 7;

    private static readonly (string Name, int Bytes, int Total, double RatioBar, int BytesBar)[] Sizes =
    [
        ("1 KB", 1024, 20_000, 0.8, 4 * 1024),
        ("220 KB", 220 * 1024, 2_000, 0.7, 8 * 1024),
    ];

    /// <summary>With the silo in this process.</summary>
    public static Task RunAsync() => RunAsync(isSiloApart: false);

    /// <summary>With the silo in a process of its own, as clusters have it.</summary>
    public static Task RunApartAsync() => RunAsync(isSiloApart: true);

    private static async Task RunAsync(bool isSiloApart)
    {
        await using RouterBench bench = await RouterBench.StartAsync(isSiloApart);
        foreach ((string name, int bytes, int total, double ratioBar, int bytesBar) in Sizes)
        {
            byte[][] requests = RouterBench.Requests(bytes);
            (double ratio, double more) = await CompareAsync(name, total,
                ("direct", () => LoadLoop.RunAsync(bench.Engine, requests, Connections, total)),
                ("bare YARP", () => LoadLoop.RunAsync(bench.BareYarp, requests, Connections, total)),
                ("router", () => LoadLoop.RunAsync(bench.Router, requests, Connections, total)));
            // With the silo apart the figures are for whoever plans a cluster; the bars are those of one process.
            if (isSiloApart)
                continue;
            Bars.AtLeast($"router: {name} bodies, requests of bare YARP's", ratio, ratioBar, "");
            Bars.AtMost($"router: {name} bodies, allocated more than bare YARP", more, bytesBar, "bytes a request");
        }
    }

    /// <summary>
    /// Runs the candidates in turns and prints medians. The ratio is that of the last to the one before it in the same round, the median of
    /// all rounds: what else the machine does changes from round to round.
    /// </summary>
    private static async Task<(double Ratio, double More)> CompareAsync(string name, int total, params (string Name, Func<Task> Run)[] candidates)
    {
        var rates = candidates.Select(static _ => new List<double>()).ToArray();
        var bytes = candidates.Select(static _ => new List<double>()).ToArray();
        for (int round = -1; round < Rounds; round++)
        {
            for (int index = 0; index < candidates.Length; index++)
            {
                GC.Collect();
                long allocated = GC.GetTotalAllocatedBytes(precise: true);
                long start = Stopwatch.GetTimestamp();
                await candidates[index].Run();
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (round < 0)
                    continue;
                rates[index].Add(total / seconds);
                bytes[index].Add((GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)total);
            }
        }
        for (int index = 0; index < candidates.Length; index++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-7} {candidates[index].Name,-10} {Median(rates[index]),9:N0} req/s ({rates[index].Min():N0} to {rates[index].Max():N0})  {Median(bytes[index]),9:N0} B/req"));
        }
        (double ratio, double more) = (Median([.. rates[^1].Zip(rates[^2], static (router, bare) => router / bare)]), Median(bytes[^1]) - Median(bytes[^2]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-7} router / bare YARP: {ratio:F2}; allocated more: {more:N0} B"));
        return (ratio, more);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
