using System.Runtime.CompilerServices;
using Kthena.Conformance;
using Kthena.Embedded.Hosting;
using Kthena.Embedded.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Kthena.Embedded.Tests;

/// <summary>What needs a clock, a stop or a file of its own.</summary>
public sealed class SiloTests : IAsyncLifetime
{
    private static int _keys;
    private readonly ManualTime _time = new();
    private readonly string _key = $"silo-{Interlocked.Increment(ref _keys)}";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-silo-");
    private InProcessTestCluster _cluster = null!;

    private ITimed Grain => _cluster.Client.GetGrain<ITimed>(_key);

    private string StateFile => Path.Combine(_folder.FullName, "state.db");

    public async Task InitializeAsync() => _cluster = await StartAsync();

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Call_UnansweredForThirtySeconds_TimesOut()
    {
        var call = Grain.Hold();
        await Signals.Wait($"{_key}/held");
        _time.Advance(TimeSpan.FromSeconds(29));
        await Grain.Probe();
        call.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(3));
        (await Should.ThrowAsync<TimeoutException>(() => call)).Message.ShouldContain("ITimed.Hold");
        Signals.Set($"{_key}/release");
    }

    [Fact]
    public async Task Call_WaitingInLine_TimesOutToo()
    {
        var first = Grain.Hold();
        await Signals.Wait($"{_key}/held");
        var second = Grain.Touch();
        _time.Advance(TimeSpan.FromSeconds(32));
        await Should.ThrowAsync<TimeoutException>(() => first);
        await Should.ThrowAsync<TimeoutException>(() => second);
        Signals.Set($"{_key}/release");
        await Grain.Touch();
    }

    [Fact]
    public async Task Call_ToAGrainThatBlocksItsThread_TimesOut()
    {
        var call = Grain.BlockThread();
        await Signals.Wait($"{_key}/blocked");
        var waiting = Grain.Touch();
        _time.Advance(TimeSpan.FromSeconds(33));
        await Should.ThrowAsync<TimeoutException>(() => call);
        await Should.ThrowAsync<TimeoutException>(() => waiting);
        Signals.Set($"{_key}/release");
    }

    [Fact]
    public async Task Deadlines_WhileNobodyWaits_DoNotTick()
    {
        await Grain.Touch();
        _time.ArmedTimers.ShouldBe(2);
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _time.ArmedTimers == 1;
        });
    }

    [Fact]
    public async Task IdleGrain_AfterTheCollectionAge_IsDeactivated()
    {
        await Grain.Touch();
        _time.Advance(TimeSpan.FromMinutes(14));
        Signals.IsSet($"{_key}/gone").ShouldBeFalse();
        _time.Advance(TimeSpan.FromMinutes(3));
        await Signals.Wait($"{_key}/gone");
        Signals.Notes(_key).ShouldBe([nameof(DeactivationReasonCode.ActivationIdle)]);
    }

    [Fact]
    public async Task IdleGrain_KeptAlive_Stays()
    {
        var kept = _cluster.Client.GetGrain<IKeptTimed>(_key + "/kept");
        await kept.Touch();
        await Grain.Touch();
        _time.Advance(TimeSpan.FromHours(1));
        await Signals.Wait($"{_key}/gone");
        await kept.Touch();
        Signals.Notes(_key + "/kept").ShouldBeEmpty();
    }

    [Fact]
    public async Task IdleGrain_WithDelay_StaysUntilItEnds()
    {
        await Grain.Delay(TimeSpan.FromHours(1));
        _time.Advance(TimeSpan.FromMinutes(50));
        await Grain.Probe();
        Signals.Notes(_key).ShouldBeEmpty();
        _time.Advance(TimeSpan.FromHours(1));
        await Signals.Wait($"{_key}/gone");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IdleGrain_WithATimer_StaysOnlyIfTheTimerKeepsIt(bool keepAlive)
    {
        await Grain.StartTimer(TimeSpan.FromMinutes(1), keepAlive);
        for (var tick = 1; tick <= 15; tick++)
        {
            await TickAsync();
        }

        Signals.Notes(_key).ShouldBeEmpty();
        await TickAsync();
        if (keepAlive)
        {
            await TickAsync();
            await TickAsync();
            Signals.Notes(_key).ShouldBeEmpty();
        }
        else
        {
            await Signals.Wait($"{_key}/gone");
        }
    }

    /// <summary>A minute passes once the callback has ended and its timer and the collector are armed for the end of that minute.</summary>
    private async Task TickAsync()
    {
        await UntilAsync(() => _time.TimersDueIn(TimeSpan.FromMinutes(1)) == 2);
        _time.Advance(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Stop_DeactivatesEveryGrainAndRefusesLaterCalls()
    {
        var grain = Grain;
        await grain.Touch();
        await _cluster.StopAllSilosAsync();
        Signals.Notes(_key).ShouldBe([nameof(DeactivationReasonCode.ShuttingDown)]);
        var fault = await Should.ThrowAsync<OrleansMessageRejectionException>(() => grain.Touch());
        fault.Message.ShouldContain("not running");
    }

    [Fact]
    public async Task Stop_WithAGrainThatHangs_IsBounded()
    {
        await Grain.HangWhenDeactivated();
        var stop = _cluster.StopAllSilosAsync();
        await Signals.Wait($"{_key}/gone");
        _time.Advance(TimeSpan.FromMinutes(2));
        await stop.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Stop_WithACallThatHangs_IsBoundedAndFailsTheCall()
    {
        var call = Grain.Hold();
        await Signals.Wait($"{_key}/held");
        var stop = _cluster.StopAllSilosAsync();
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return stop.IsCompleted;
        });
        await Should.ThrowAsync<Exception>(() => call);
        Signals.Set($"{_key}/release");
    }

    [Fact]
    public async Task State_OnAFile_SurvivesARestart()
    {
        await _cluster.Client.GetGrain<IStored>(_key).Write(42);
        await _cluster.DisposeAsync();
        _cluster = await StartAsync();
        (await _cluster.Client.GetGrain<IStored>(_key).Value()).ShouldBe(42);
        (await _cluster.Client.GetGrain<IStored>(_key).Describe()).ShouldStartWith("True True a+b");
        await _cluster.Client.GetGrain<IStored>(_key).Clear();
        await _cluster.DisposeAsync();
        _cluster = await StartAsync();
        (await _cluster.Client.GetGrain<IStored>(_key).Describe()).ShouldStartWith("False");
    }

    [Fact]
    public async Task Start_WithTheStateFileInUse_FailsWithTheRemedy()
    {
        var fault = await Should.ThrowAsync<StoreInUseException>(StartAsync);
        fault.Message.ShouldContain(StateFile);
    }

    [Fact]
    public void GetGrain_WithoutImplementation_SaysWhatToDo() =>
        Should.Throw<ArgumentException>(() => _cluster.Client.GetGrain<IOrphan>("x")).Message.ShouldContain("Reference the project");

    [Fact]
    public async Task Observer_NobodyHolds_IsForgotten()
    {
        var reference = Register();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        await Should.ThrowAsync<OrleansMessageRejectionException>(
            () => _cluster.Client.GetGrain<INewsGrain>(_key).Ask(reference, 1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private INewsObserver Register() => _cluster.Client.CreateObjectReference<INewsObserver>(new Deaf());

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }

    private async Task<InProcessTestCluster> StartAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSiloHost((_, host) => host.Services.AddSingleton<TimeProvider>(_time));
        builder.ConfigureSilo((_, silo) => silo.AddSqliteGrainStorageAsDefault(StateFile).AddMemoryGrainStorage("other"));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }

    private sealed class Deaf : INewsObserver
    {
        public void Heard(string news)
        {
        }

        public Task<int> Asked(int number) => Task.FromResult(number);
    }
}
