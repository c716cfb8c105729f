using Orleans;
using Orleans.Storage;

namespace Kthena.Conformance;

[Collection(ClusterGroup.Name)]
public sealed class StateTests(ClusterFixture cluster)
{
    private readonly string _key = cluster.NewKey();

    private IStored Grain => cluster.Grains.GetGrain<IStored>(_key);

    [Fact]
    public async Task State_NeverWritten_IsFresh()
    {
        (await Grain.Value()).ShouldBe(0);
        (await Grain.Describe()).ShouldBe("False False  True");
    }

    [Fact]
    public async Task State_Written_SurvivesReactivation()
    {
        await Grain.Write(5);
        (await Grain.Describe()).ShouldBe("True True a+b True");
        await Grain.SetOnly(6);
        await Grain.DeactivateAfterThis();
        (await Grain.Value()).ShouldBe(5);
        (await Grain.Describe()).ShouldStartWith("True True a+b");
    }

    [Fact]
    public async Task State_Read_DropsWhatWasNotWritten()
    {
        await Grain.Write(5);
        await Grain.SetOnly(6);
        await Grain.Read();
        (await Grain.Value()).ShouldBe(5);
    }

    [Fact]
    public async Task State_Cleared_IsFreshAndCanBeWrittenAgain()
    {
        await Grain.Write(5);
        await Grain.Clear();
        (await Grain.Describe()).ShouldStartWith("False");
        (await Grain.Value()).ShouldBe(0);
        await Grain.Write(7);
        await Grain.DeactivateAfterThis();
        (await Grain.Value()).ShouldBe(7);
    }

    [Fact]
    public async Task State_OfTwoProvidersAndTwoKeys_IsSeparate()
    {
        await Grain.Write(1);
        await Grain.WriteOther(2);
        (await Grain.Value()).ShouldBe(1);
        (await Grain.OtherValue()).ShouldBe(2);
        (await cluster.Grains.GetGrain<IStored>(cluster.NewKey()).Value()).ShouldBe(0);
    }

    [Fact]
    public async Task State_OfTwoWriters_TheLaterIsRefusedAndItsActivationEnds()
    {
        var grain = cluster.Grains.GetGrain<IRival>(_key);
        (await grain.WriteFirst(1)).ShouldBe(0);
        await Should.ThrowAsync<InconsistentStateException>(() => grain.WriteSecond(2));
        (await grain.WriteFirst(3)).ShouldBe(1);
    }

    [Fact]
    public async Task State_OfAnUnknownProvider_FailsWithItsName()
    {
        var fault = await Should.ThrowAsync<Exception>(() => cluster.Grains.GetGrain<IMisplaced>(_key).Call());
        fault.ToString().ShouldContain("nowhere");
    }
}
