using System.Globalization;
using Kthena.Router;

namespace Kthena.Benchmarks;

/// <summary>
/// What a router, a silo and a forwarder in one process hold on to while a million requests pass, no two of which have the same prompt.
/// Whatever keeps prompts has a budget that a tenth of them fills: from there on what is learnt must take the place of what is forgotten.
/// </summary>
internal static class MemoryBenchmark
{
    public const int Full = 1_000_000;
    private const int Connections = 32;
    private const int Steps = 10;
    private const int PromptBytes = 2048;
    private const int Budget = 4 * 1024 * 1024;
    private const double GrowthBar = 5;

    /// <param name="requests">How many requests in all.</param>
    public static async Task RunAsync(int requests)
    {
        await using RouterBench bench = await RouterBench.StartAsync(configure: static options => options with
        {
            LocalPrefixBytesMax = Budget,
            RecentRecordsBytesMax = Budget,
        }, prefixCacheBytes: Budget);
        byte[] request = RouterBench.Requests(PromptBytes)[0];
        int number = request.AsSpan().IndexOf("Line 0 of a text"u8);
        int perStep = requests / Steps;
        long early = 0;
        long late = 0;
        for (int step = 0; step <= Steps; step++)
        {
            if (step > 0)
                await LoadLoop.RunAsync(bench.Router, request, (step - 1) * perStep, (bytes, index) => Stamp(bytes.AsSpan(number, 16), index), Connections, perStep);
            long held = GC.GetTotalMemory(forceFullCollection: true);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"memory: after {step * perStep,9:N0} requests {held / 1048576.0,7:F1} MiB held, {Environment.WorkingSet / 1048576.0,7:F1} MiB resident"));
            if (step is >= 2 and <= 5)
                early = Math.Max(early, held);
            if (step > 5)
                late = Math.Max(late, held);
        }
        Bars.AtMost($"memory: the most held in the second half of {requests:N0} requests, more than in the first", ((double)late / early * 100) - 100, GrowthBar, "%");
    }

    /// <summary>Makes the prompt's first words a number, so that no block of it was seen before.</summary>
    private static void Stamp(Span<byte> words, int number)
    {
        for (int place = words.Length - 1; place >= 0; place--, number /= 10)
            words[place] = (byte)('0' + (number % 10));
    }
}
