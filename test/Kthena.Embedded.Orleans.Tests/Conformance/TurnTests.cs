using Orleans;
using Orleans.Runtime;

namespace Kthena.Conformance;

[Collection(ClusterGroup.Name)]
public sealed class TurnTests(ClusterFixture cluster)
{
    private readonly string _key = cluster.NewKey();

    private ITurns Grain => cluster.Grains.GetGrain<ITurns>(_key);

    private IReentrantTurns Reentrant => cluster.Grains.GetGrain<IReentrantTurns>(_key);

    [Fact]
    public async Task Grain_SameKey_IsOneActivation()
    {
        await Grain.Add(1);
        (await cluster.Grains.GetGrain<ITurns>(_key).Add(2)).ShouldBe(3);
    }

    [Fact]
    public async Task Grain_AwaitedCallsOfOneCaller_KeepTheirOrder()
    {
        var sums = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            sums.Add(await Grain.Add(1));
        }

        sums.ShouldBe(Enumerable.Range(1, 100));
    }

    [Fact]
    public async Task Plain_WhilePlainAwaits_Waits()
    {
        var first = Grain.Plain("a");
        await Started("a");
        var second = Grain.Plain("b");
        await Grain.Interleaved(Open("probe"));
        Signals.IsSet($"{_key}/b/started").ShouldBeFalse();
        Open("a");
        await first;
        Open("b");
        await second;
        Notes().ShouldBe(["plain a starts", "plain a ends", "plain b starts", "plain b ends"]);
    }

    [Fact]
    public async Task Interleaved_WhilePlainAwaits_Runs()
    {
        var first = Grain.Plain("a");
        await Started("a");
        await Grain.Interleaved(Open("b"));
        first.IsCompleted.ShouldBeFalse();
        Open("a");
        await first;
    }

    [Fact]
    public async Task Plain_WhileInterleavedAwaits_Runs()
    {
        var first = Grain.Interleaved("a");
        await Started("a");
        await Grain.Plain(Open("b"));
        first.IsCompleted.ShouldBeFalse();
        Open("a");
        await first;
    }

    [Fact]
    public async Task Read_WhileReadAwaits_Runs()
    {
        var first = Grain.Read("a");
        await Started("a");
        await Grain.Read(Open("b"));
        first.IsCompleted.ShouldBeFalse();
        Open("a");
        await first;
    }

    [Fact]
    public async Task Read_WhilePlainAwaits_Waits()
    {
        var first = Grain.Plain("a");
        await Started("a");
        var second = Grain.Read(Open("b"));
        await Grain.Interleaved(Open("probe"));
        second.IsCompleted.ShouldBeFalse();
        Open("a");
        await Task.WhenAll(first, second);
        Notes().ShouldBe(["plain a starts", "plain a ends", "read b starts", "read b ends"]);
    }

    [Fact]
    public async Task Plain_WhileReadAwaits_WaitsAndLaterReadsPassIt()
    {
        var first = Grain.Read("a");
        await Started("a");
        var second = Grain.Plain(Open("b"));
        await Grain.Interleaved(Open("probe"));
        second.IsCompleted.ShouldBeFalse();
        await Grain.Read(Open("c"));
        second.IsCompleted.ShouldBeFalse();
        Open("a");
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task Reentrant_WhilePlainAwaits_RunsPlain()
    {
        var first = Reentrant.Plain("a");
        await Started("a");
        await Reentrant.Plain(Open("b"));
        first.IsCompleted.ShouldBeFalse();
        Open("a");
        await first;
    }

    [Fact]
    public async Task Reentrant_ManyCallsAtOnce_NeverRunTwoTurnsTogether()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Reentrant.CountWithYields(20)));
        (await Reentrant.CountWithYields(0)).ShouldBe(1000);
    }

    [Fact]
    public async Task Turn_Continuations_StayOnTheActivationsScheduler() =>
        (await Grain.DescribeContext()).ShouldBe("own, kept, kept, none");

    [Fact]
    [OutsideSimulation("Work on the thread pool is what the deterministic mode detects and refuses.")]
    public async Task Turn_WorkOutside_ComesBackToTheActivationsScheduler() =>
        (await Grain.DescribeWorkOutside()).ShouldBe("outside, kept");

    [Fact]
    public async Task OneWay_CallerIsNotKeptWaiting()
    {
        await Grain.Tell("a");
        await Started("a");
        Signals.IsSet($"{_key}/a/ended").ShouldBeFalse();
        Open("a");
        await Signals.Wait($"{_key}/a/ended");
    }

    [Fact]
    public async Task OneWay_Failing_IsNotSeenAndTheGrainGoesOn()
    {
        await Grain.TellAndFail();
        (await Grain.Add(1)).ShouldBe(1);
    }

    [Fact]
    public async Task OneWay_WhilePlainAwaits_Waits()
    {
        var first = Grain.Plain("a");
        await Started("a");
        await Grain.Tell("b");
        await Grain.Interleaved(Open("probe"));
        Signals.IsSet($"{_key}/b/started").ShouldBeFalse();
        Open("a");
        await first;
        await Started("b");
        Open("b");
    }

    [Fact]
    public async Task ValueTaskMethods_AreCalled()
    {
        await Grain.Nothing();
        (await Grain.Key()).ShouldBe(_key);
    }

    [Fact]
    public async Task Reference_OfAGrainToItself_HasItsKey() => (await Grain.KeyThroughOwnReference()).ShouldBe(_key + "!");

    [Fact]
    public void Reference_OutsideAGrain_HasItsKey() => Grain.GetPrimaryKeyString().ShouldBe(_key);

    [Fact]
    public void Reference_ToTheSameGrain_IsEqual()
    {
        Grain.ShouldBe(Grain);
        Grain.ShouldNotBe(cluster.Grains.GetGrain<ITurns>(cluster.NewKey()));
    }

    [Fact]
    public async Task Keys_TenThousandAtOnce_AreTenThousandActivations()
    {
        var sums = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(async i =>
        {
            var grain = cluster.Grains.GetGrain<ITurns>($"{_key}/{i}");
            await grain.Add(i);
            return await grain.Add(1);
        }));
        sums.ShouldBe(Enumerable.Range(1, 10_000));
    }

    [Fact]
    public async Task StartupTask_BeforeTheClusterIsReady_HasRun() =>
        (await cluster.Grains.GetGrain<ITurns>("startup").Add(0)).ShouldBePositive();

    [Fact]
    public void GetGrain_WithoutImplementation_NamesTheInterface() =>
        Should.Throw<ArgumentException>(() => cluster.Grains.GetGrain<IOrphan>("x")).Message.ShouldContain(nameof(IOrphan));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void GetGrain_BlankKey_IsRefused(string key) =>
        Should.Throw<ArgumentException>(() => cluster.Grains.GetGrain<IReentrantTurns>(key));

    [Fact]
    public async Task RequestContext_OfTheCaller_TravelsDownAndNotUp()
    {
        RequestContext.Set("name", "value");
        (await Grain.ContextValue("name")).ShouldBe("value");
        (await Grain.PeerContextValue(cluster.NewKey(), "name")).ShouldBe("value");
        await Grain.SetContextValue("name", "changed");
        RequestContext.Get("name").ShouldBe("value");
        (await Grain.ContextValue("missing")).ShouldBeNull();
    }

    [Fact]
    public async Task RequestContext_OfOneCall_IsNotSeenByTheNext()
    {
        await Grain.SetContextValue("left", "behind");
        (await Grain.ContextValue("left")).ShouldBeNull();
    }

    private Task Started(string gate) => Signals.Wait($"{_key}/{gate}/started");

    private string Open(string gate)
    {
        Signals.Set($"{_key}/{gate}");
        return gate;
    }

    private IEnumerable<string> Notes() => Signals.Notes(_key).Where(line => !line.Contains("probe", StringComparison.Ordinal));
}
