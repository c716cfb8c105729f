using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Kthena.Benchmarks;

/// <summary>What the router adds to the time of a request while it has half of what it can take.</summary>
internal static class LatencyBenchmark
{
    private const int Connections = 32;
    private const int Rounds = 7;
    private const int SecondsARound = 3;
    private const int WarmUp = 20_000;

    public static async Task RunAsync()
    {
        await using RouterBench bench = await RouterBench.StartAsync();
        byte[][] requests = RouterBench.Requests(1024);
        double half = await HalfLoadAsync(bench, requests);
        (string Name, IPEndPoint Target)[] candidates = [("direct", bench.Engine), ("bare YARP", bench.BareYarp), ("router", bench.Router)];
        var medians = candidates.Select(static _ => new List<double>()).ToArray();
        var worst = candidates.Select(static _ => new List<double>()).ToArray();
        for (int round = -1; round < Rounds; round++)
        {
            for (int index = 0; index < candidates.Length; index++)
            {
                GC.Collect();
                double[] milliseconds = await PacedLoad.RunAsync(candidates[index].Target, requests, Connections, half, (int)(half * SecondsARound));
                if (round < 0)
                    continue;
                medians[index].Add(milliseconds[milliseconds.Length / 2]);
                worst[index].Add(milliseconds[milliseconds.Length * 99 / 100]);
            }
        }
        for (int index = 0; index < candidates.Length; index++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"latency: {candidates[index].Name,-10} p50 {Median(medians[index]):F3} ms, p99 {Median(worst[index]):F3} ms ({worst[index].Min():F3} to {worst[index].Max():F3})"));
        }
        Bars.AtMost("latency: added at half load over direct, p50", Added(medians), 0.3, "ms");
        Bars.AtMost("latency: added at half load over direct, p99", Added(worst), 2, "ms");
    }

    /// <summary>Half of what the router does in a closed loop, the median of three, once everything is compiled.</summary>
    private static async Task<double> HalfLoadAsync(RouterBench bench, byte[][] requests)
    {
        await LoadLoop.RunAsync(bench.Engine, requests, Connections, WarmUp);
        await LoadLoop.RunAsync(bench.BareYarp, requests, Connections, WarmUp);
        await LoadLoop.RunAsync(bench.Router, requests, Connections, WarmUp);
        var rates = new List<double>();
        for (int round = 0; round < 3; round++)
        {
            long start = Stopwatch.GetTimestamp();
            await LoadLoop.RunAsync(bench.Router, requests, Connections, WarmUp);
            rates.Add(WarmUp / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        double half = Median(rates) / 2;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"half load: {half:N0} requests a second"));
        return half;
    }

    /// <summary>What the router has more than direct in the same round, the median of all rounds.</summary>
    private static double Added(List<double>[] candidates) =>
        Median([.. candidates[^1].Zip(candidates[0], static (router, direct) => router - direct)]);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
