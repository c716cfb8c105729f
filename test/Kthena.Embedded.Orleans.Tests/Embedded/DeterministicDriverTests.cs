using Kthena.Conformance;
using Kthena.Embedded.Runtime;
using Kthena.Embedded.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;

namespace Kthena.Embedded.Tests;

public interface IRelay : IGrainWithStringKey
{
    Task<int> Pass(int hops, int width);

    Task<DateTimeOffset> WaitAndTell(TimeSpan wait);

    Task Leave();
}

public sealed class RelayGrain(TimeProvider time) : Grain, IRelay
{
    /// <summary>What the last grain that left its thread is doing there.</summary>
    public static Task Elsewhere { get; private set; } = Task.CompletedTask;

    public async Task<int> Pass(int hops, int width)
    {
        if (hops == 0)
        {
            return 1;
        }

        var me = this.GetPrimaryKeyString();
        var calls = Enumerable.Range(0, width).Select(i => GrainFactory.GetGrain<IRelay>($"{me}/{i}").Pass(hops - 1, width));
        await Task.Delay(TimeSpan.FromSeconds(1), time);
        return (await Task.WhenAll(calls)).Sum();
    }

    public async Task<DateTimeOffset> WaitAndTell(TimeSpan wait)
    {
        await Task.Delay(wait, time);
        return time.GetUtcNow();
    }

    public async Task Leave()
    {
        var me = this.GetPrimaryKeyString();
        Elsewhere = Task.Run(() => Signals.Wait($"{me}/leave").Wait());
        await Elsewhere;
    }
}

public sealed class DeterministicDriverTests
{
    [Fact]
    public async Task Run_SameSeed_GivesTheSameTrace()
    {
        var first = await RunAsync(7);
        var again = await RunAsync(7);
        again.ShouldBe(first);
        first.Turns.ShouldBeGreaterThan(60);
    }

    [Fact]
    public async Task Run_OtherSeeds_GiveOtherTraces()
    {
        var hashes = new HashSet<ulong>();
        for (var seed = 0; seed < 20; seed++)
        {
            hashes.Add((await RunAsync(seed)).Hash);
        }

        hashes.Count.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Run_LongWait_TakesNoRealTime() => await WithAsync(1, (driver, grains) => driver.Run(
        async () =>
        {
            var before = driver.Time.GetUtcNow();
            var after = await grains.GetGrain<IRelay>("long").WaitAndTell(TimeSpan.FromSeconds(29));
            (after - before).ShouldBe(TimeSpan.FromSeconds(29));
        },
        TimeSpan.FromHours(1)));

    [Fact]
    public async Task Run_CallCycle_TimesOutInVirtualTime() => await WithAsync(2, (driver, grains) => driver.Run(
        async () => await Should.ThrowAsync<TimeoutException>(
            () => grains.GetGrain<ITurns>("deterministic-a").CallBackWhileBusy("deterministic-b")),
        TimeSpan.FromMinutes(5)));

    [Fact]
    public void UntilQuiet_ComesWhenNothingRunsAndNoTimerIsDue()
    {
        var cluster = new SimulatedCluster(4, new SimulationOptions { BuildServices = services => services.BuildServiceProvider() });
        cluster.Run(
            async () =>
            {
                var call = cluster.Client.GetGrain<IRelay>("quiet").WaitAndTell(TimeSpan.FromSeconds(20));
                await cluster.UntilQuietAsync(horizon: TimeSpan.FromSeconds(15));
                call.IsCompleted.ShouldBeFalse();
                await cluster.UntilQuietAsync();
                call.IsCompletedSuccessfully.ShouldBeTrue();
            },
            TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Run_WorkThatLeavesTheThread_Fails() => await WithAsync(3, (driver, grains) =>
        Should.Throw<InvalidOperationException>(() => driver.Run(
            async () =>
            {
                var call = grains.GetGrain<IRelay>("stray").Leave();
                await driver.UntilQuietAsync(horizon: TimeSpan.FromMilliseconds(500));
                Signals.Set("stray/leave");
                await Should.ThrowAsync<TimeoutException>(() => call);
                while (!driver.HasStrays)
                {
                    Thread.Yield();
                }
            },
            TimeSpan.FromMinutes(5))).Message.ShouldContain("another thread"));

    [Fact]
    public async Task Run_WorkThatComesBackToAGrainInLine_Fails() => await WithAsync(3, (driver, grains) =>
        Should.Throw<InvalidOperationException>(() => driver.Run(
            async () =>
            {
                var call = grains.GetGrain<IRelay>("stray-in-line").Leave();
                await driver.UntilQuietAsync(horizon: TimeSpan.FromMilliseconds(500));
                var next = grains.GetGrain<IRelay>("stray-in-line").WaitAndTell(TimeSpan.Zero);
                using var isBack = new ManualResetEventSlim();
                _ = RelayGrain.Elsewhere.ContinueWith(
                    _ => isBack.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                Signals.Set("stray-in-line/leave");
                isBack.Wait();
                await Task.WhenAll(call, next);
            },
            TimeSpan.FromMinutes(5))).Message.ShouldContain("another thread"));

    private static async Task<(int Turns, ulong Hash)> RunAsync(int seed)
    {
        (int, ulong) result = default;
        await WithAsync(seed, (driver, grains) =>
        {
            driver.Run(
                async () => (await grains.GetGrain<IRelay>("root").Pass(3, 3)).ShouldBe(27),
                TimeSpan.FromHours(1));
            result = (driver.Turns, driver.TraceHash);
        });
        return result;
    }

    private static async Task WithAsync(int seed, Action<DeterministicDriver, IGrainFactory> run)
    {
        var driver = new DeterministicDriver(seed);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<TimeProvider>(driver.Time).AddSingleton<ITurnQueue>(driver.World);
        builder.UseOrleans(silo => silo.AddMemoryGrainStorageAsDefault());
        using var host = builder.Build();
        await host.StartAsync();
        run(driver, host.Services.GetRequiredService<IGrainFactory>());
    }
}
