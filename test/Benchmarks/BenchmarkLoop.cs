using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Kthena.Benchmarks;

/// <summary>Repeats a body and prints what it cost.</summary>
internal static class BenchmarkLoop
{
    private const int WarmUps = 3;
    private const int Rounds = 9;

    /// <summary>A fixed amount of hashing, so that figures of different machines can be compared.</summary>
    public static void PrintCalibration()
    {
        var block = new byte[1 << 20];
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 256; i++)
        {
            SHA256.HashData(block, block.AsSpan(0, 32));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"calibration: SHA-256 {256 / watch.Elapsed.TotalSeconds:F0} MiB/s, {Environment.ProcessorCount} cores"));
    }

    /// <param name="name">What is measured.</param>
    /// <param name="operations">How many operations one run of the body does.</param>
    /// <param name="body">Does them.</param>
    /// <returns>The medians, in microseconds an operation.</returns>
    public static async Task<Cost> MeasureAsync(string name, int operations, Func<Task> body)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            await body();
        }

        var times = new double[Rounds];
        var processor = new double[Rounds];
        var bytes = new double[Rounds];
        for (var i = 0; i < Rounds; i++)
        {
            GC.Collect();
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            TimeSpan busy = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            await body();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / operations;
            processor[i] = (Environment.CpuUsage.TotalTime - busy).TotalMicroseconds / operations;
            bytes[i] = (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / operations;
        }

        Array.Sort(times);
        Array.Sort(processor);
        Array.Sort(bytes);
        var median = times[Rounds / 2];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-56} {median,9:F3} us {1e6 / median,12:N0}/s {bytes[Rounds / 2],8:F0} B   ({times[0]:F3} to {times[^1]:F3} us; {processor[Rounds / 2]:F3} us of processor)"));
        return new Cost(median, processor[Rounds / 2]);
    }

    /// <summary>What an operation costs.</summary>
    /// <param name="Microseconds">From its beginning to its end.</param>
    /// <param name="ProcessorMicroseconds">
    /// Of all threads of this process, collector and compiler too. For work that waits for nothing this is what it costs on one core,
    /// however busy the machine is with others.
    /// </param>
    internal readonly record struct Cost(double Microseconds, double ProcessorMicroseconds);
}
