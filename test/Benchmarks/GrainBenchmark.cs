using System.Globalization;
using Orleans;

namespace Kthena.Benchmarks;

/// <summary>Measures calls from outside a grain and between grains of one process.</summary>
internal static class GrainBenchmark
{
    private const int Sequential = 20_000;
    private const int InFlight = 10_000;
    private const int Ticks = 5_000;
    private const int Writes = 500;
    private static int _fresh;

    public static async Task RunAsync()
    {
        await using var silo = await BenchmarkSilo.StartAsync();
        await RunAsync(silo.Grains);
    }

    private static async Task RunAsync(IGrainFactory grains)
    {
        await PrintIdleMemoryAsync(grains);
        var one = grains.GetGrain<IBenchmarkGrain>("one");
        var hundred = Enumerable.Range(0, 100).Select(i => grains.GetGrain<IBenchmarkGrain>($"of-hundred-{i}")).ToArray();
        BenchmarkLoop.Cost call = await BenchmarkLoop.MeasureAsync("call, one after the other", Sequential, async () =>
        {
            for (var i = 0; i < Sequential; i++)
            {
                await one.Echo(i);
            }
        });
        Bars.AtMost("grain: a local call, one after the other", call.Microseconds, 5, "us");
        await BenchmarkLoop.MeasureAsync("call of a method that awaits", Sequential, async () =>
        {
            for (var i = 0; i < Sequential; i++)
            {
                await one.EchoLater(i);
            }
        });
        await BenchmarkLoop.MeasureAsync("call between grains", Sequential, () => one.CallOther("other", Sequential));
        BenchmarkLoop.Cost toOne = await BenchmarkLoop.MeasureAsync("calls in flight, 10,000 to one grain", InFlight * 10, () => FloodAsync(_ => one));
        Bars.AtLeast("grain: calls a second, 10,000 in flight to one grain", 1e6 / toOne.Microseconds, 280_000, "");
        BenchmarkLoop.Cost toHundred = await BenchmarkLoop.MeasureAsync(
            "calls in flight, 10,000 to 100 grains", InFlight * 10, () => FloodAsync(i => hundred[i % 100]));
        Bars.AtLeast("grain: calls a second, 10,000 in flight to 100 grains", 1e6 / toHundred.Microseconds, 590_000, "");
        await BenchmarkLoop.MeasureAsync("reference and call, 100 grains", Sequential, async () =>
        {
            for (var i = 0; i < Sequential; i++)
            {
                await grains.GetGrain<IBenchmarkGrain>("of-hundred-7").Echo(i);
            }
        });
        await BenchmarkLoop.MeasureAsync("activation, 10,000 at once", InFlight, () =>
        {
            var round = Interlocked.Increment(ref _fresh);
            return Task.WhenAll(Enumerable.Range(0, InFlight)
                .Select(i => grains.GetGrain<IBenchmarkGrain>($"fresh-{round}-{i}").Echo(i)));
        });
        var ticking = Enumerable.Range(0, 64).Select(i => grains.GetGrain<ITickingGrain>($"ticking-{i}")).ToArray();
        await BenchmarkLoop.MeasureAsync("timer tick, one after the other", Ticks, () => ticking[0].Tick(Ticks));
        await BenchmarkLoop.MeasureAsync("timer tick, 64 grains", 64 * Ticks / 10, () => Task.WhenAll(
            ticking.Select(grain => grain.Tick(Ticks / 10))));
        var storing = grains.GetGrain<IStoringGrain>("one");
        BenchmarkLoop.Cost write = await BenchmarkLoop.MeasureAsync("state write, one after the other", Writes, () => storing.Write(Writes));
        Bars.AtMost("grain: a state write until it is on disk", write.Microseconds, 2000, "us");
        var many = Enumerable.Range(0, 64).Select(i => grains.GetGrain<IStoringGrain>($"many-{i}")).ToArray();
        await BenchmarkLoop.MeasureAsync("state write, 64 grains", 64 * Writes / 10, () => Task.WhenAll(
            many.Select(grain => grain.Write(Writes / 10))));
    }

    private static async Task PrintIdleMemoryAsync(IGrainFactory grains)
    {
        const int Count = 100_000;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var start = 0; start < Count; start += InFlight)
        {
            await Task.WhenAll(Enumerable.Range(start, InFlight).Select(i => grains.GetGrain<IBenchmarkGrain>($"idle-{i}").Echo(i)));
        }

        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{"100,000 idle activations",-44} {bytes / 1048576.0,9:F0} MiB {bytes / Count,10} B each"));
        Bars.AtMost("grain: 100,000 idle activations", bytes / 1e6, 400, "MB");
    }

    private static async Task FloodAsync(Func<int, IBenchmarkGrain> choose)
    {
        var calls = new Task[InFlight];
        for (var round = 0; round < 10; round++)
        {
            for (var i = 0; i < InFlight; i++)
            {
                calls[i] = choose(i).Echo(i);
            }

            await Task.WhenAll(calls);
        }
    }
}
