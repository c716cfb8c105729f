using Kthena.Routing.Body;
using Kthena.Routing.Engines;
using Kthena.Routing.KvIndex;
using Kthena.Routing.Prompt;
using Kthena.Routing.Scheduling;
using Orleans;

namespace Kthena.Benchmarks;

/// <summary>
/// Bytes allocated for one of each operation that <see cref="Budgets"/> bounds. The least of some rounds, for whatever else allocates
/// in the process only adds to it.
/// </summary>
internal static class Allocations
{
    private const int Rounds = 5;
    private const int Calls = 10_000;
    private const int Ticks = 2_000;
    private const int Writes = 200;
    private const int Connections = 16;

    public static async Task<SortedDictionary<string, long>> MeasureAsync()
    {
        var measured = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await MeasureGrainsAsync(measured);
        await MeasureRoutingAsync(measured);
        await MeasureRouterAsync(measured);
        return measured;
    }

    private static async Task MeasureGrainsAsync(SortedDictionary<string, long> measured)
    {
        await using BenchmarkSilo silo = await BenchmarkSilo.StartAsync();
        IGrainFactory grains = silo.Grains;
        IBenchmarkGrain one = grains.GetGrain<IBenchmarkGrain>("one");
        IBenchmarkGrain[] hundred = [.. Enumerable.Range(0, 100).Select(index => grains.GetGrain<IBenchmarkGrain>($"of-hundred-{index}"))];
        measured["grain call, one after the other"] = await LeastAsync(Calls, async () =>
        {
            for (int call = 0; call < Calls; call++)
                await one.Echo(call);
        });
        var calls = new Task[Calls];
        measured["grain call, 10,000 in flight to one grain"] = await LeastAsync(Calls, () => FloodAsync(calls, _ => one));
        measured["grain call, 10,000 in flight to 100 grains"] = await LeastAsync(Calls, () => FloodAsync(calls, index => hundred[index % 100]));
        int round = 0;
        measured["grain activation with its first call"] = await LeastAsync(Calls, () =>
        {
            string prefix = $"fresh-{round++}-";
            return FloodAsync(calls, index => grains.GetGrain<IBenchmarkGrain>(prefix + index));
        });
        ITickingGrain ticking = grains.GetGrain<ITickingGrain>("one");
        measured["grain timer tick"] = await LeastAsync(Ticks, () => ticking.Tick(Ticks));
        IStoringGrain storing = grains.GetGrain<IStoringGrain>("one");
        measured["grain state write of 230 bytes"] = await LeastAsync(Writes, () => storing.Write(Writes));
    }

    private static async Task MeasureRoutingAsync(SortedDictionary<string, long> measured)
    {
        var body = new RequestBody();
        foreach ((string name, int bytes) in new[] { ("1 KB", 1024), ("220 KB", 220 * 1024) })
        {
            byte[] json = BodyBenchmark.Body(bytes, "Line {0} of a text that goes on for a while and says nothing new.\\n");
            measured[$"body of {name}: read"] = await LeastAsync(100, () => Repeat(100, _ => BodyReader.Read(json, body)));
            measured[$"body of {name}: hash"] = await LeastAsync(100, () => Repeat(100, _ => PromptHasher.Hash(json, body, PromptHashOptions.WholePrompt, 7)));
        }
        var scratch = new PickScratch();
        int[] ranked = new int[SchedulingProfile.RankedMax];
        foreach (int count in new[] { 16, 1_000 })
        {
            EndpointObservation[] endpoints = PickBenchmark.Draw(count);
            measured[$"pick among {count}"] = await LeastAsync(100, () => Repeat(100, pick => SchedulingProfile.Default.Pick(
                new PickInput { Endpoints = endpoints, PromptBlocks = 40, Seed = (ulong)pick }, scratch, ranked, out _)));
        }
        var index = new KvBlockIndex(64L * 1024 * 1024);
        int[] matched = new int[64];
        ulong[] chain = [.. Enumerable.Range(1, 400).Select(static number => (ulong)number * 0x9E3779B97F4A7C15)];
        measured["index: record 400 known blocks"] = await LeastAsync(100, () => Repeat(100, round => index.Record(round & 1, chain)));
        measured["index: match 400 blocks"] = await LeastAsync(100, () => Repeat(100, _ => index.Match(chain, matched)));
        byte[] exposition = ScrapeBenchmark.Exposition();
        measured["scrape: read 60 KB"] = await LeastAsync(20, () => Repeat(20, _ => EngineMetricsReader.Read(exposition)));
    }

    private static async Task MeasureRouterAsync(SortedDictionary<string, long> measured)
    {
        // On a slow machine a round takes more than the second after which a prompt's record is sent again: the budgets of 220 KB have
        // room for its hashes.
        await using RouterBench bench = await RouterBench.StartAsync();
        foreach ((string name, int bytes, int total) in new[] { ("1 KB", 1024, 1_000), ("220 KB", 220 * 1024, 100) })
        {
            byte[][] requests = RouterBench.Requests(bytes);
            long bare = await LeastAsync(total, () => LoadLoop.RunAsync(bench.BareYarp, requests, Connections, total));
            long router = await LeastAsync(total, () => LoadLoop.RunAsync(bench.Router, requests, Connections, total));
            measured[$"router, request of {name}"] = router;
            measured[$"router, request of {name}, more than bare YARP"] = router - bare;
        }
    }

    private static async Task<long> LeastAsync(int operations, Func<Task> body)
    {
        await body();
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await body();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        return least / operations;
    }

    private static Task FloodAsync(Task[] calls, Func<int, IBenchmarkGrain> choose)
    {
        for (int call = 0; call < calls.Length; call++)
            calls[call] = choose(call).Echo(call);
        return Task.WhenAll(calls);
    }

    private static Task Repeat(int times, Action<int> operation)
    {
        for (int time = 0; time < times; time++)
            operation(time);
        return Task.CompletedTask;
    }
}
