using System.Diagnostics;
using System.Globalization;
using Kthena.Benchmarks;

// The order of all: what is short and says most comes first.
(string Name, Func<Task> Run)[] benchmarks =
[
    ("index", IndexBenchmark.RunAsync),
    ("pick", PickBenchmark.RunAsync),
    ("scrape", ScrapeBenchmark.RunAsync),
    ("body", BodyBenchmark.RunAsync),
    ("router", RouterBenchmark.RunAsync),
    ("latency", LatencyBenchmark.RunAsync),
    ("engines", EnginesBenchmark.RunAsync),
    ("cold", ColdBenchmark.RunAsync),
    ("grain", GrainBenchmark.RunAsync),
    ("serving", ServingBenchmark.RunThousandAsync),
    ("serving-idle", ServingBenchmark.RunIdleAsync),
    ("memory-100000", static () => MemoryBenchmark.RunAsync(MemoryBenchmark.Full / 10)),
];

// Minutes long each.
(string Name, Func<Task> Run)[] longer =
[
    ("memory", static () => MemoryBenchmark.RunAsync(MemoryBenchmark.Full)),
    ("serving-10000", ServingBenchmark.RunTenThousandAsync),
];

switch (args)
{
    case ["all"]:
        return await RunAsync(benchmarks);
    case ["full"]:
        return await RunAsync([.. benchmarks, .. longer]);
    case ["allocations"]:
        await Budgets.PrintAsync();
        return 0;
    case ["budgets"]:
        await Budgets.RenewAsync();
        return 0;
    case ["engines", var port]:
        // The process that the engines benchmark starts as its engines.
        await EnginesBenchmark.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;
    case ["backend", var port]:
        // The process that the router benchmark starts as its engine.
        await RouterBackend.RunAsync(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;
    case ["silo", .. var ports]:
        // The process that the router benchmark starts as its silo.
        await BenchSilo.RunAsync(ports);
        return 0;
    case ["router-apart"] when !BenchSilo.CanBeApart:
        Console.Error.WriteLine("router-apart needs Microsoft Orleans: add -p:GrainRuntime=Orleans.");
        return 2;
    case ["router-apart"]:
        return await RunAsync([("router-apart", RouterBenchmark.RunApartAsync)]);
    case { Length: > 0 } when args.All(name => benchmarks.Concat(longer).Any(benchmark => benchmark.Name == name)):
        return await RunAsync([.. args.Select(name => benchmarks.Concat(longer).Single(benchmark => benchmark.Name == name))]);
    default:
        Console.Error.WriteLine(
            $"usage: Benchmarks all|full|allocations|budgets|router-apart, or some of {string.Join(' ', benchmarks.Concat(longer).Select(static benchmark => benchmark.Name))}");
        return 2;
}

// One that fails does not keep the others from being measured.
static async Task<int> RunAsync((string Name, Func<Task> Run)[] chosen)
{
    BenchmarkLoop.PrintCalibration();
    int failed = 0;
    foreach ((string name, Func<Task> run) in chosen)
    {
        // Each begins with a heap of its own: what the one before left is not collected at the cost of its latency.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long start = Stopwatch.GetTimestamp();
        try
        {
            await run();
        }
        catch (Exception exception)
        {
            failed++;
            Bars.Failed(name, exception);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} took {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
    }
    Bars.PrintAll();
    return failed == 0 ? 0 : 1;
}
