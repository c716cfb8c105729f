using System.Globalization;

namespace Kthena.Benchmarks;

/// <summary>What a router, a silo and a forwarder in one process hold on to over a million requests with ever new prompts.</summary>
internal static class MemoryBenchmark
{
    private const int Connections = 32;
    private const int Steps = 10;
    private const int RequestsPerStep = 100_000;

    public static async Task RunAsync()
    {
        await using RouterBench bench = await RouterBench.StartAsync();
        for (int step = 0; step <= Steps; step++)
        {
            // Prompts of their own for each step: what was learnt must give way, not pile up.
            byte[][] requests = RouterBench.Requests(2048);
            foreach (byte[] request in requests)
                Stamp(request, step);
            if (step > 0)
                await LoadLoop.RunAsync(bench.Router, requests, Connections, RequestsPerStep);
            long held = GC.GetTotalMemory(forceFullCollection: true);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"memory: after {step * RequestsPerStep,9:N0} requests {held / 1048576.0,7:F1} MiB held, {Environment.WorkingSet / 1048576.0,7:F1} MiB resident"));
        }
    }

    private static void Stamp(byte[] request, int step)
    {
        int at = request.AsSpan().IndexOf("Line 0 of"u8) + "Line ".Length;
        request[at] = (byte)('0' + (step % 10));
    }
}
