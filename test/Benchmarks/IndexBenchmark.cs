using System.Diagnostics;
using System.Globalization;
using Kthena.Routing.KvIndex;

namespace Kthena.Benchmarks;

/// <summary>What the block index does in a second on one core, and what a block costs.</summary>
internal static class IndexBenchmark
{
    private const int Endpoints = 64;
    private const int Conversations = 4_000;
    private const int SharedBlocks = 100;
    private const int OwnBlocks = 300;
    private const double MillionsBar = 20;

    public static async Task RunAsync()
    {
        ulong[][] chains = Chains(new Random(1));
        int[] matched = new int[Endpoints];
        var full = new KvBlockIndex(512L * 1024 * 1024);
        Record(full, chains);
        await MeasureAsync("match", chains, () =>
        {
            foreach (ulong[] chain in chains)
                full.Match(chain, matched);
        });
        await MeasureAsync("record what is known", chains, () => Record(full, chains));
        await MeasureAsync("record what is new, growing from nothing", chains, () => Record(new KvBlockIndex(512L * 1024 * 1024), chains));
        foreach (int megabytes in new[] { 8, 40 })
        {
            var tight = new KvBlockIndex(megabytes * 1024L * 1024);
            await MeasureAsync($"record under a full budget of {megabytes} MiB", chains, () => Record(tight, chains));
        }
        MeasureChurn(chains);
        MeasureRemoval(full);
        MeasureBytes(chains);
        ulong[] hot = chains[0];
        full.Record(1, hot);
        await BenchmarkLoop.MeasureAsync("index: match and record, hot, per block", hot.Length * 2000 * 2, () =>
        {
            for (int round = 0; round < 2000; round++)
            {
                full.Match(hot, matched);
                full.Record(round & 1, hot);
            }
            return Task.CompletedTask;
        });
    }

    private static async Task MeasureAsync(string name, ulong[][] chains, Action run)
    {
        BenchmarkLoop.Cost cost = await BenchmarkLoop.MeasureAsync($"index: {name}", chains.Sum(static chain => chain.Length), () =>
        {
            run();
            return Task.CompletedTask;
        });
        Bars.AtLeast($"index: {name}", 1 / cost.ProcessorMicroseconds, MillionsBar, "million block operations a second");
    }

    /// <summary>A block with one holder at its dearest, then each further holder of the same blocks.</summary>
    private static void MeasureBytes(ulong[][] chains)
    {
        var index = new KvBlockIndex(512L * 1024 * 1024);
        double most = 0;
        for (int chain = 0; chain < chains.Length; chain++)
        {
            index.Record(chain % Endpoints, chains[chain]);
            if (index.BlockCount > 100_000)
                most = Math.Max(most, index.BytesReserved / (double)index.BlockCount);
        }
        Bars.AtMost($"index: a block with one holder, at the worst moment up to {index.BlockCount:N0} blocks", most, 64, "bytes");
        // Each prompt is at one endpoint: now at all.
        ulong[][] some = chains[..200];
        var shared = new KvBlockIndex(512L * 1024 * 1024);
        foreach (ulong[] chain in some)
            shared.Record(0, chain);
        long one = shared.BytesReserved;
        for (int endpoint = 1; endpoint < Endpoints; endpoint++)
        {
            foreach (ulong[] chain in some)
                shared.Record(endpoint, chain);
        }
        Bars.AtMost("index: each further holder of a block", (shared.BytesReserved - one) / (double)shared.BlockCount / (Endpoints - 1), 16, "bytes");
    }

    /// <summary>Memory while far more passes through than the budget holds.</summary>
    private static void MeasureChurn(ulong[][] chains)
    {
        const long Budget = 8 * 1024 * 1024;
        var index = new KvBlockIndex(Budget);
        Record(index, chains);
        long before = index.BytesReserved;
        long most = before;
        var random = new Random(2);
        for (int prompt = 0; prompt < 20_000; prompt++)
        {
            index.Record(prompt % Endpoints, Draw(random, OwnBlocks));
            most = Math.Max(most, index.BytesReserved);
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"index: {index.Evictions:N0} blocks gave way in a budget of {Budget:N0} bytes; {before:N0} reserved before, {most:N0} at most since, {index.BlockCount:N0} blocks"));
        Bars.AtMost("index: memory under churn, of its budget", most / (double)Budget * 100, 100, "%");
    }

    /// <summary>Removing an endpoint of ten thousand blocks, among many and among few others.</summary>
    private static void MeasureRemoval(KvBlockIndex large)
    {
        ulong[] own = Draw(new Random(3), 10_000);
        double among = Remove(large, own);
        double alone = Remove(new KvBlockIndex(64L * 1024 * 1024), own);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"index: removing an endpoint of {own.Length:N0} blocks takes {alone / own.Length * 1000:F0} ns a block alone, {among / own.Length * 1000:F0} ns among {large.BlockCount:N0}"));
    }

    /// <summary>The least of some times, in microseconds.</summary>
    private static double Remove(KvBlockIndex index, ulong[] own)
    {
        double least = double.MaxValue;
        for (int round = 0; round < 9; round++)
        {
            index.Record(Endpoints - 1, own);
            index.Remove(Endpoints - 1);
            index.Record(Endpoints - 1, own);
            long start = Stopwatch.GetTimestamp();
            index.Remove(Endpoints - 1);
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        return least;
    }

    private static void Record(KvBlockIndex index, ulong[][] chains)
    {
        for (int chain = 0; chain < chains.Length; chain++)
            index.Record(chain % Endpoints, chains[chain]);
    }

    private static ulong[][] Chains(Random random)
    {
        ulong[][] prefixes = [.. Enumerable.Range(0, 64).Select(_ => Draw(random, SharedBlocks))];
        return [.. Enumerable.Range(0, Conversations).Select(index => (ulong[])[.. prefixes[index % 64], .. Draw(random, OwnBlocks)])];
    }

    private static ulong[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64())];
}
