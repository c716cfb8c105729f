using Kthena.Benchmarks;

var benchmarks = new SortedDictionary<string, Func<Task>>(StringComparer.Ordinal)
{
    ["grain"] = GrainBenchmark.RunAsync,
};

if (args.Length != 1 || !benchmarks.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: Benchmarks {string.Join('|', benchmarks.Keys)}");
    return 2;
}

BenchmarkLoop.PrintCalibration();
await run();
return 0;
