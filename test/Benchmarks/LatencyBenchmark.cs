using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Kthena.Benchmarks;

/// <summary>What the router adds to the time of a request while it has half of what it can take.</summary>
internal static class LatencyBenchmark
{
    private const int Connections = 32;
    private const int Rounds = 5;

    public static async Task RunAsync()
    {
        await using RouterBench bench = await RouterBench.StartAsync();
        byte[][] requests = RouterBench.Requests(1024);
        await LoadLoop.RunAsync(bench.Router, requests, Connections, 20_000);
        long start = Stopwatch.GetTimestamp();
        await LoadLoop.RunAsync(bench.Router, requests, Connections, 20_000);
        double half = 20_000 / Stopwatch.GetElapsedTime(start).TotalSeconds / 2;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"half load: {half:N0} requests a second"));
        (string Name, IPEndPoint Target)[] candidates = [("direct", bench.Engine), ("bare YARP", bench.BareYarp), ("router", bench.Router)];
        var medians = candidates.Select(static _ => new List<double>()).ToArray();
        var worst = candidates.Select(static _ => new List<double>()).ToArray();
        for (int round = 0; round < Rounds; round++)
        {
            for (int index = 0; index < candidates.Length; index++)
            {
                double[] milliseconds = await PacedLoad.RunAsync(candidates[index].Target, requests, Connections, half, (int)(half * 3));
                medians[index].Add(milliseconds[milliseconds.Length / 2]);
                worst[index].Add(milliseconds[milliseconds.Length * 99 / 100]);
            }
        }
        for (int index = 0; index < candidates.Length; index++)
            Print(candidates[index].Name, Median(medians[index]), Median(worst[index]));
        Print("added", Median(medians[^1]) - Median(medians[0]), Median(worst[^1]) - Median(worst[0]));
    }

    private static void Print(string name, double median, double worst) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"latency: {name,-10} p50 {median:F3} ms, p99 {worst:F3} ms"));

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
