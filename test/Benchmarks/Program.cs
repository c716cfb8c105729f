using Kthena.Benchmarks;

var benchmarks = new SortedDictionary<string, Func<Task>>(StringComparer.Ordinal)
{
    ["body"] = BodyBenchmark.RunAsync,
    ["grain"] = GrainBenchmark.RunAsync,
    ["index"] = IndexBenchmark.RunAsync,
    ["pick"] = PickBenchmark.RunAsync,
    ["router"] = RouterBenchmark.RunAsync,
    ["scrape"] = ScrapeBenchmark.RunAsync,
};

// The process that the router benchmark starts as its engine.
if (args is ["backend", var port])
{
    await RouterBackend.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

if (args.Length != 1 || !benchmarks.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: Benchmarks {string.Join('|', benchmarks.Keys)}");
    return 2;
}

BenchmarkLoop.PrintCalibration();
await run();
return 0;
