using System.Diagnostics;
using System.Globalization;

namespace Kthena.Benchmarks;

/// <summary>The router's whole pipeline against a bare YARP forwarder, in turns, in one process, before one engine process.</summary>
internal static class RouterBenchmark
{
    private const int Connections = 32;
    private const int Rounds = 7;

    /// <summary>With the silo in this process.</summary>
    public static Task RunAsync() => RunAsync(isSiloApart: false);

    /// <summary>With the silo in a process of its own, as clusters have it.</summary>
    public static Task RunApartAsync() => RunAsync(isSiloApart: true);

    private static async Task RunAsync(bool isSiloApart)
    {
        await using RouterBench bench = await RouterBench.StartAsync(isSiloApart);
        foreach ((string name, int bytes, int total) in new[] { ("1 KB", 1024, 20_000), ("220 KB", 220 * 1024, 2_000) })
        {
            byte[][] requests = RouterBench.Requests(bytes);
            await CompareAsync(name, total,
                ("direct", () => LoadLoop.RunAsync(bench.Engine, requests, Connections, total)),
                ("bare YARP", () => LoadLoop.RunAsync(bench.BareYarp, requests, Connections, total)),
                ("router", () => LoadLoop.RunAsync(bench.Router, requests, Connections, total)));
        }
    }

    /// <summary>Runs the candidates in turns and prints medians; the ratio is that of the last to the one before it.</summary>
    private static async Task CompareAsync(string name, int total, params (string Name, Func<Task> Run)[] candidates)
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
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-7} router / bare YARP: {Median(rates[^1]) / Median(rates[^2]):F2}; allocated more: {Median(bytes[^1]) - Median(bytes[^2]):N0} B"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
