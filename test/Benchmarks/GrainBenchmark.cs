using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
#if !ORLEANS
using Kthena.Embedded.Hosting;
#endif

namespace Kthena.Benchmarks;

/// <summary>A grain that does as little as possible.</summary>
public interface IBenchmarkGrain : IGrainWithStringKey
{
    /// <summary>Returns its argument.</summary>
    Task<int> Echo(int number);

    /// <summary>Awaits once before it returns.</summary>
    Task<int> EchoLater(int number);

    /// <summary>Awaits another grain many times.</summary>
    Task CallOther(string key, int times);
}

/// <summary>The grain.</summary>
public sealed class BenchmarkGrain : Grain, IBenchmarkGrain
{
    /// <inheritdoc/>
    public Task<int> Echo(int number) => Task.FromResult(number);

    /// <inheritdoc/>
    public async Task<int> EchoLater(int number)
    {
        await Task.Yield();
        return number;
    }

    /// <inheritdoc/>
    public async Task CallOther(string key, int times)
    {
        var other = GrainFactory.GetGrain<IBenchmarkGrain>(key);
        for (var i = 0; i < times; i++)
        {
            await other.Echo(i);
        }
    }
}

/// <summary>A grain with stored state.</summary>
public interface IStoringGrain : IGrainWithStringKey
{
    /// <summary>Writes its state many times, one after the other.</summary>
    Task Write(int times);
}

/// <summary>The state.</summary>
[GenerateSerializer]
public sealed class StoredNumbers
{
    /// <summary>A number.</summary>
    [Id(0)]
    public int Number { get; set; }

    /// <summary>A text of the size of a small record.</summary>
    [Id(1)]
    public string Text { get; set; } = new('x', 200);
}

/// <summary>The grain.</summary>
public sealed class StoringGrain([PersistentState("numbers")] IPersistentState<StoredNumbers> numbers) : Grain, IStoringGrain
{
    /// <inheritdoc/>
    public async Task Write(int times)
    {
        for (var i = 0; i < times; i++)
        {
            numbers.State.Number = i;
            await numbers.WriteStateAsync();
        }
    }
}

/// <summary>Measures calls from outside a grain and between grains of one process.</summary>
internal static class GrainBenchmark
{
    private const int Sequential = 20_000;
    private const int InFlight = 10_000;
    private const int Writes = 500;
    private static int _fresh;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("kthena-benchmark-");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
#if ORLEANS
            silo.AddMemoryGrainStorageAsDefault();
#else
            silo.AddSqliteGrainStorageAsDefault(Path.Combine(folder.FullName, "state.db"));
#endif
        });
        using (var host = builder.Build())
        {
            await host.StartAsync();
            await RunAsync(host.Services.GetRequiredService<IGrainFactory>());
            await host.StopAsync();
        }

        folder.Delete(recursive: true);
    }

    private static async Task RunAsync(IGrainFactory grains)
    {
        await PrintIdleMemoryAsync(grains);
        var one = grains.GetGrain<IBenchmarkGrain>("one");
        var hundred = Enumerable.Range(0, 100).Select(i => grains.GetGrain<IBenchmarkGrain>($"of-hundred-{i}")).ToArray();
        await BenchmarkLoop.MeasureAsync("call, one after the other", Sequential, async () =>
        {
            for (var i = 0; i < Sequential; i++)
            {
                await one.Echo(i);
            }
        });
        await BenchmarkLoop.MeasureAsync("call of a method that awaits", Sequential, async () =>
        {
            for (var i = 0; i < Sequential; i++)
            {
                await one.EchoLater(i);
            }
        });
        await BenchmarkLoop.MeasureAsync("call between grains", Sequential, () => one.CallOther("other", Sequential));
        await BenchmarkLoop.MeasureAsync("calls in flight, 10,000 to one grain", InFlight * 10, () => FloodAsync(_ => one));
        await BenchmarkLoop.MeasureAsync("calls in flight, 10,000 to 100 grains", InFlight * 10, () => FloodAsync(i => hundred[i % 100]));
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
        var storing = grains.GetGrain<IStoringGrain>("one");
        await BenchmarkLoop.MeasureAsync("state write, one after the other", Writes, () => storing.Write(Writes));
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
