using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Kthena.Conformance;

[Collection(ClusterGroup.Name)]
public sealed class FaultTests(ClusterFixture cluster)
{
    private readonly string _key = cluster.NewKey();

    private ITurns Grain => cluster.Grains.GetGrain<ITurns>(_key);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exception_OfOurs_ReachesTheCallerWithItsData(bool atOnce)
    {
        var fault = await Should.ThrowAsync<BoundaryException>(() => atOnce ? Grain.ThrowAtOnce("own") : Grain.Throw("own"));
        fault.Message.ShouldBe("ours");
        fault.Code.ShouldBe(42);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exception_OfTheFramework_ReachesTheCaller(bool atOnce)
    {
        var fault = await Should.ThrowAsync<ArgumentException>(() => atOnce ? Grain.ThrowAtOnce("argument") : Grain.Throw("argument"));
        fault.Message.ShouldContain("theirs");
        (await Grain.Add(1)).ShouldBe(1);
    }

    [Fact]
    public async Task Exception_OfCancellation_ReachesTheCaller() =>
        await Should.ThrowAsync<OperationCanceledException>(async () => await Grain.Throw("cancelled"));

    [Fact]
    public async Task Cycle_ThroughAReentrantGrain_IsAnswered()
    {
        var reentrant = cluster.Grains.GetGrain<IReentrantTurns>(_key);
        await reentrant.CallBackWhileBusy(cluster.NewKey());
    }

    [Fact]
    public async Task Circle_OfAwaitedCalls_TimesOutAndTheGrainsGoOn()
    {
        var peer = cluster.NewKey();
        await Grain.CallPatiently(peer, 1);
        await Should.ThrowAsync<TimeoutException>(() => Grain.CallInACircle(peer, 2));
        await AnswersAgainAsync(Grain);
        await AnswersAgainAsync(cluster.Grains.GetGrain<ITurns>(peer));
    }

    // The caller gives up first; the grains that wait for each other do so a moment later.
    private static async Task AnswersAgainAsync(ITurns grain) => (await grain.Add(1)).ShouldBe(1);

    [Fact]
    public async Task Call_WithAResponseTimeoutOfItsOwn_TimesOutAfterIt()
    {
        // A call that has waited too long for its turn does not start any more: another one is sent until one has.
        do
        {
            await Should.ThrowAsync<TimeoutException>(() => Grain.ImpatientPlain("a"));
        }
        while (!Signals.IsSet($"{_key}/a/started"));

        Signals.IsSet($"{_key}/a/ended").ShouldBeFalse();
        Signals.Set($"{_key}/a");
        await Signals.Wait($"{_key}/a/ended");
    }

    [Fact]
    public async Task Token_CancelledByTheCaller_ReachesTheGrainAndEndsTheWait()
    {
        using var source = new CancellationTokenSource();
        var call = Grain.WaitForToken("started", source.Token);
        await Signals.Wait($"{_key}/started");
        source.Cancel();
        await Should.ThrowAsync<OperationCanceledException>(async () => await call);
        await Signals.Wait($"{_key}/cancelled");
    }

    [Fact]
    public async Task Token_CancelledBefore_EndsTheCallAtOnce() =>
        await Should.ThrowAsync<OperationCanceledException>(
            async () => await Grain.WaitForToken("never", new CancellationToken(canceled: true)));
}

/// <summary>Needs a cluster whose callers do not wait long.</summary>
public sealed class CycleTests
{
    [Fact]
    public async Task Cycle_OfAwaitedCalls_TimesOut()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) => silo
            .AddMemoryGrainStorageAsDefault()
            .Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(1)));
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var fault = await Should.ThrowAsync<TimeoutException>(
            () => cluster.Client.GetGrain<ITurns>("cycle").CallBackWhileBusy("cycle-peer"));
        fault.Message.ShouldNotBeEmpty();
        await cluster.StopAllSilosAsync();
    }
}
