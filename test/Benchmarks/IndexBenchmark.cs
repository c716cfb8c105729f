using Kthena.Routing.KvIndex;

namespace Kthena.Benchmarks;

/// <summary>What the block index does in a second on one core, and what a block costs.</summary>
internal static class IndexBenchmark
{
    private const int Endpoints = 64;
    private const int Conversations = 4_000;
    private const int SharedBlocks = 100;
    private const int OwnBlocks = 300;

    public static async Task RunAsync()
    {
        ulong[][] chains = Chains(new Random(1));
        int blocks = chains.Sum(static chain => chain.Length);
        int[] matched = new int[Endpoints];
        var full = new KvBlockIndex(512L * 1024 * 1024);
        Record(full, chains);
        Console.WriteLine($"{full.BlockCount:N0} blocks, one holder each but shared prefixes: {full.BytesReserved / (double)full.BlockCount:F1} bytes a block");

        await BenchmarkLoop.MeasureAsync("index: match, per block", blocks, () =>
        {
            foreach (ulong[] chain in chains)
                full.Match(chain, matched);
            return Task.CompletedTask;
        });
        await BenchmarkLoop.MeasureAsync("index: record what is known, per block", blocks, () =>
        {
            Record(full, chains);
            return Task.CompletedTask;
        });
        await BenchmarkLoop.MeasureAsync("index: record what is new, growing, per block", blocks, () =>
        {
            Record(new KvBlockIndex(512L * 1024 * 1024), chains);
            return Task.CompletedTask;
        });
        var tight = new KvBlockIndex(8L * 1024 * 1024);
        await BenchmarkLoop.MeasureAsync("index: record under a full budget, per block", blocks, () =>
        {
            Record(tight, chains);
            return Task.CompletedTask;
        });
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
        for (int endpoint = 0; endpoint < Endpoints; endpoint++)
            full.Record(endpoint, hot);
        Console.WriteLine($"with every endpoint holding one prompt more: {full.BytesReserved / (double)full.BlockCount:F1} bytes a block");
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
