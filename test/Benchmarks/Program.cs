using Kthena.Benchmarks;

var benchmarks = new SortedDictionary<string, Func<Task>>(StringComparer.Ordinal)
{
    ["body"] = BodyBenchmark.RunAsync,
    ["engines"] = EnginesBenchmark.RunAsync,
    ["grain"] = GrainBenchmark.RunAsync,
    ["index"] = IndexBenchmark.RunAsync,
    ["latency"] = LatencyBenchmark.RunAsync,
    ["pick"] = PickBenchmark.RunAsync,
    ["router"] = RouterBenchmark.RunAsync,
    ["scrape"] = ScrapeBenchmark.RunAsync,
    ["serving"] = ServingBenchmark.RunThousandAsync,
    ["serving-10000"] = ServingBenchmark.RunTenThousandAsync,
    ["serving-idle"] = ServingBenchmark.RunIdleAsync,
};

switch (args)
{
    case ["all"]:
        BenchmarkLoop.PrintCalibration();
        foreach (var benchmark in benchmarks.Values)
        {
            await benchmark();
        }

        return 0;
    case ["allocations"]:
        await Budgets.PrintAsync();
        return 0;
    case ["budgets"]:
        await Budgets.RenewAsync();
        return 0;
    case ["memory"]:
        // Minutes long, so not among all.
        await MemoryBenchmark.RunAsync();
        return 0;
    case ["engines", var port]:
        // The process that the engines benchmark starts as its engines.
        await EnginesBenchmark.ServeAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    case ["backend", var port]:
        // The process that the router benchmark starts as its engine.
        await RouterBackend.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    case ["silo", .. var ports]:
        // The process that the router benchmark starts as its silo.
        await BenchSilo.RunAsync(ports);
        return 0;
    case ["router-apart"] when !BenchSilo.CanBeApart:
        Console.Error.WriteLine("router-apart needs Microsoft Orleans: add -p:GrainRuntime=Orleans.");
        return 2;
    case ["router-apart"]:
        BenchmarkLoop.PrintCalibration();
        await RouterBenchmark.RunApartAsync();
        return 0;
    case [var name] when benchmarks.TryGetValue(name, out var run):
        BenchmarkLoop.PrintCalibration();
        await run();
        return 0;
    default:
        Console.Error.WriteLine($"usage: Benchmarks all|allocations|budgets|memory|router-apart|{string.Join('|', benchmarks.Keys)}");
        return 2;
}
