using System.Globalization;
using Kthena.Routing.Scheduling;

namespace Kthena.Benchmarks;

/// <summary>What a pick costs among few and many endpoints, by each profile.</summary>
internal static class PickBenchmark
{
    public static async Task RunAsync()
    {
        var upstream = new SchedulingProfile(
            "upstream",
            [.. SchedulingProfile.Guards, new WaitingLimitFilter(1000)],
            [
                new WeightedScorer(new LeastRequestScorer(), 1), new WeightedScorer(new GpuUsageScorer(), 1),
                new WeightedScorer(new LeastLatencyScorer(), 1), new WeightedScorer(new PrefixCacheScorer(), 1),
            ]);
        foreach ((int endpoints, double bar) in new[] { (16, 5.0), (1_000, 50.0), (10_000, 200.0) })
        {
            foreach (SchedulingProfile profile in new[] { SchedulingProfile.Default, SchedulingProfile.Locality, upstream })
                await MeasureAsync(profile, endpoints, bar);
        }
    }

    private static async Task MeasureAsync(SchedulingProfile profile, int count, double bar)
    {
        EndpointObservation[] endpoints = Draw(count);
        var scratch = new PickScratch();
        int[] ranked = new int[SchedulingProfile.RankedMax];
        int picks = Math.Max(20, 2_000_000 / count);
        string name = string.Create(CultureInfo.InvariantCulture, $"pick: among {count:N0} by {profile.Name}");
        BenchmarkLoop.Cost cost = await BenchmarkLoop.MeasureAsync(
            name, picks, () =>
            {
                for (int pick = 0; pick < picks; pick++)
                    profile.Pick(new PickInput { Endpoints = endpoints, PromptBlocks = 40, Seed = (ulong)pick }, scratch, ranked, out _);
                return Task.CompletedTask;
            });
        Bars.AtMost(name, cost.ProcessorMicroseconds, bar, "us");
    }

    internal static EndpointObservation[] Draw(int count)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable.Range(0, count).Select(index => new EndpointObservation(random.Next(40), random.Next(10) == 0 ? random.Next(40) : 0)
            {
                Waiting = random.Next(5),
                Running = random.Next(40),
                KvUsage = random.NextSingle(),
                TimeToFirstToken = random.NextSingle(),
                TimePerOutputToken = random.NextSingle(),
                BacklogSeconds = random.NextSingle(),
                PrefillSeconds = random.NextSingle(),
                Traits = index % 50 == 7 ? EndpointTraits.BreakerOpen : EndpointTraits.None,
            }),
        ];
    }
}
