using Kthena.Conformance;
using Kthena.Embedded.Hosting;
using Kthena.Embedded.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Kthena.Embedded.Tests;

/// <summary>Reminders over time, over restarts, and between silos.</summary>
public sealed class ReminderServiceTests : IDisposable
{
    private const string Name = "name";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static int _keys;
    private readonly ManualTime _time = new();
    private readonly string _key = $"reminded-{Interlocked.Increment(ref _keys)}";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-reminders-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Reminder_TicksEveryPeriod()
    {
        await using var cluster = await StartAsync(silo => silo.UseInMemoryReminderService());
        await Grain(cluster).Remind(Name, TimeSpan.FromSeconds(10), Minute);
        _time.Advance(TimeSpan.FromSeconds(9));
        Signals.IsSet($"{_key}/{Name}/1").ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var tick = 1; tick <= 3; tick++)
        {
            await Signals.Wait($"{_key}/{Name}/{tick}");
            await UntilAsync(() => _time.TimersDueIn(Minute) > 0);
            _time.Advance(Minute);
        }

        await Signals.Wait($"{_key}/{Name}/4");
        await Grain(cluster).End(Name);
        _time.Advance(Minute * 3);
        await Grain(cluster).Names();
        Signals.IsSet($"{_key}/{Name}/5").ShouldBeFalse();
    }

    [Fact]
    public async Task Reminder_WithoutAPeriod_IsRefusedWhereAnyIsAllowed()
    {
        await using var cluster = await StartAsync(silo => silo.UseInMemoryReminderService()
            .Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.Zero));

        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Grain(cluster).Remind(Name, TimeSpan.Zero, TimeSpan.Zero));

        (await Grain(cluster).Names()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Reminder_FurtherAwayThanATimerReaches_IsWaitedFor()
    {
        await using var cluster = await StartAsync(silo => silo.UseInMemoryReminderService());
        await Grain(cluster).Remind(Name, TimeSpan.FromDays(3), TimeSpan.FromDays(3));
        _time.Advance(TimeSpan.FromDays(2.9));
        Signals.IsSet($"{_key}/{Name}/1").ShouldBeFalse();
        _time.Advance(TimeSpan.FromDays(0.1));
        await Signals.Wait($"{_key}/{Name}/1");
    }

    [Fact]
    public async Task Reminder_WithStateOnAFile_SurvivesARestart()
    {
        await using (var first = await StartAsync(silo => silo.AddSqliteGrainStorageAsDefault(StateFile).AddReminders()))
        {
            await Grain(first).Remind(Name, TimeSpan.FromSeconds(10), Minute);
            await Grain(first).Remind("ended", TimeSpan.FromSeconds(10), Minute);
            await Grain(first).End("ended");
        }

        await using var second = await StartAsync(silo => silo.AddSqliteGrainStorageAsDefault(StateFile).AddReminders());
        _time.Advance(TimeSpan.FromSeconds(30));
        await Signals.Wait($"{_key}/{Name}/1");
        (await Grain(second).Names()).ShouldBe(Name);
    }

    [Fact]
    public async Task Reminder_InMemory_EndsWithTheSilo()
    {
        await using (var first = await StartAsync(silo => silo.AddReminders()))
        {
            await Grain(first).Remind(Name, TimeSpan.FromSeconds(10), Minute);
        }

        await using var second = await StartAsync(silo => silo.AddReminders());
        (await Grain(second).Names()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Reminder_WhereTheSiloHasNone_SaysWhatToDo()
    {
        await using var cluster = await StartAsync(_ => { });
        var fault = await Should.ThrowAsync<OrleansConfigurationException>(() => Grain(cluster).Names());
        fault.Message.ShouldContain(nameof(SiloBuilderReminderMemoryExtensions.UseInMemoryReminderService));
    }

    [Fact]
    public async Task Silo_WithAnImpossibleReminderOption_DoesNotStart()
    {
        var fault = await Should.ThrowAsync<OrleansConfigurationException>(() => StartAsync(silo => silo
            .AddReminders().Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.FromSeconds(-1))));
        fault.Message.ShouldContain(nameof(ReminderOptions.MinimumReminderPeriod));
    }

    [Fact]
    public void Reminder_WhenSilosCrash_IsSentByOthers() =>
        SimulationSeeds.Run(SimulationSeeds.Choose(usual: 5, full: 200), nameof(Reminder_WhenSilosCrash_IsSentByOthers), RunWithCrashes);

    private static void RunWithCrashes(int seed)
    {
        const int Grains = 12;
        var cluster = new SimulatedCluster(seed, new SimulationOptions
        {
            BuildServices = services => services.BuildServiceProvider(),
            ConfigureSilo = (silo, _) => silo.UseInMemoryReminderService(),
        });
        var keys = Enumerable.Range(0, Grains).Select(i => $"{Signals.Simulated}reminders/{seed}/{i}").ToArray();
        cluster.Run(
            async () =>
            {
                await Task.WhenAll(keys.Select(key => cluster.Client.GetGrain<IReminded>(key).Remind(Name, Minute, Minute)));
                for (var crash = 0; crash < 4; crash++)
                {
                    cluster.Crash(cluster.Silos[crash % cluster.Silos.Count]);
                    var before = keys.Select(Ticks).ToArray();
                    await Task.Delay(Minute * 3, cluster.Driver.Time);
                    // When a silo goes and when it is back, a tick may be sent by two or by none.
                    keys.Select(Ticks).Zip(before).ShouldAllBe(ticks => ticks.First > ticks.Second && ticks.First <= ticks.Second + 6);
                }
            },
            TimeSpan.FromHours(1));
    }

    private static int Ticks(string key) => Signals.Notes(key).Count(line => line.StartsWith(Name, StringComparison.Ordinal));

    private IReminded Grain(InProcessTestCluster cluster) => cluster.Client.GetGrain<IReminded>(_key);

    private string StateFile => Path.Combine(_folder.FullName, "state.db");

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }

    private async Task<InProcessTestCluster> StartAsync(Action<ISiloBuilder> configure)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSiloHost((_, host) => host.Services.AddSingleton<TimeProvider>(_time));
        builder.ConfigureSilo((_, silo) => configure(silo));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }
}
