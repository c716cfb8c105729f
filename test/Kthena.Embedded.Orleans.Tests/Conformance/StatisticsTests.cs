using Orleans;
using Orleans.Runtime;

namespace Kthena.Conformance;

public interface ICounted : IGrainWithStringKey
{
    Task Touch();

    Task Leave();
}

/// <summary>Nothing but these tests calls it.</summary>
public sealed class CountedGrain : Grain, ICounted
{
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Set($"{this.GetPrimaryKeyString()}/left");
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

[Collection(ClusterGroup.Name)]
public sealed class StatisticsTests(ClusterFixture cluster)
{
    private const int Grains = 5;
    private readonly string _key = cluster.NewKey();

    private IManagementGrain Management => cluster.Grains.GetGrain<IManagementGrain>(0);

    private string[] Keys => [.. Enumerable.Range(0, Grains).Select(i => $"{_key}/{i}")];

    [Fact]
    public async Task Statistics_NameEveryActiveGrain()
    {
        await TouchAsync();
        var mine = await MineAsync();
        mine.Select(one => one.GrainId.Key.ToString()).Order().ShouldBe(Keys);
        mine.Select(one => one.GrainId.Type.ToString()).Distinct().ShouldBe(["counted"]);
        mine.Select(one => one.GrainId.ToString()).ShouldContain($"counted/{_key}/0");
        mine.ShouldAllBe(one => one.SiloAddress.ToString().Length > 0);
        mine.Select(one => one.GrainType).Distinct().Single().ShouldStartWith("Kthena.Conformance.CountedGrain");
    }

    [Fact]
    public async Task Statistics_OfSomeTypes_NameOnlyThose()
    {
        await TouchAsync();
        await cluster.Grains.GetGrain<ITurns>(_key).Nothing();
        var type = (await MineAsync())[0].GrainType;
        var some = await Management.GetDetailedGrainStatistics([type]);
        some.Length.ShouldBeGreaterThanOrEqualTo(Grains);
        some.ShouldAllBe(one => one.GrainType == type);
        (await Management.GetDetailedGrainStatistics([])).ShouldBeEmpty();
    }

    [Fact]
    public async Task Statistics_OfGrainsThatLeft_DoNotNameThem()
    {
        await TouchAsync();
        await cluster.Grains.GetGrain<ICounted>(Keys[0]).Leave();
        await Signals.Wait($"{Keys[0]}/left");
        while ((await MineAsync()).Length == Grains)
        {
            await Task.Yield();
        }

        (await MineAsync()).Select(one => one.GrainId.Key.ToString()).Order().ShouldBe(Keys[1..]);
    }

    [Fact]
    public async Task Statistics_CountByTypeAndInAll()
    {
        await TouchAsync();
        var type = (await MineAsync())[0].GrainType;
        var counts = await Management.GetSimpleGrainStatistics();
        counts.Where(one => one.GrainType == type).Sum(one => one.ActivationCount).ShouldBeGreaterThanOrEqualTo(Grains);
        (await Management.GetTotalActivationCount()).ShouldBeGreaterThanOrEqualTo(Grains);
    }

    private Task TouchAsync() => Task.WhenAll(Keys.Select(key => cluster.Grains.GetGrain<ICounted>(key).Touch()));

    private async Task<DetailedGrainStatistic[]> MineAsync() =>
        [.. (await Management.GetDetailedGrainStatistics()).Where(one => one.GrainId.Key.ToString()!.StartsWith(_key + "/", StringComparison.Ordinal)
            && one.GrainId.Type.ToString() == "counted")];
}
