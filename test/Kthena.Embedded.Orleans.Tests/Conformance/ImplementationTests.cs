using Orleans;

namespace Kthena.Conformance;

/// <summary>Two classes implement it, neither of which bears its name.</summary>
public interface IShared : IGrainWithStringKey
{
    Task<string> Who();
}

public sealed class FirstSharedGrain : Grain, IShared
{
    public Task<string> Who() => Task.FromResult("first");
}

public sealed class SecondSharedGrain : Grain, IShared
{
    public Task<string> Who() => Task.FromResult("second");
}

/// <summary>Two classes implement it, one of which bears its name.</summary>
public interface IFavoured : IGrainWithStringKey
{
    Task<string> Who();
}

public sealed class Favoured : Grain, IFavoured
{
    public Task<string> Who() => Task.FromResult("namesake");
}

public sealed class FavouredAnew : Grain, IFavoured
{
    public Task<string> Who() => Task.FromResult("other");
}

[Collection(ClusterGroup.Name)]
public sealed class ImplementationTests(ClusterFixture cluster)
{
    private readonly string _key = cluster.NewKey();

    [Fact]
    public void GetGrain_OfTwoImplementations_NamesBoth()
    {
        var fault = Should.Throw<ArgumentException>(() => cluster.Grains.GetGrain<IShared>(_key));
        fault.Message.ShouldContain(nameof(FirstSharedGrain), Case.Insensitive);
        fault.Message.ShouldContain(nameof(SecondSharedGrain), Case.Insensitive);
    }

    [Fact]
    public async Task GetGrain_WithAPrefix_ChoosesAmongImplementations()
    {
        (await cluster.Grains.GetGrain<IShared>(_key, typeof(FirstSharedGrain).FullName).Who()).ShouldBe("first");
        (await cluster.Grains.GetGrain<IShared>(_key, "Kthena.Conformance.Second").Who()).ShouldBe("second");
    }

    [Fact]
    public void GetGrain_WithAPrefixOfTwo_IsRefused() =>
        Should.Throw<ArgumentException>(() => cluster.Grains.GetGrain<IShared>(_key, "Kthena.Conformance."));

    [Fact]
    public void GetGrain_WithAPrefixOfNone_IsRefused() =>
        Should.Throw<ArgumentException>(() => cluster.Grains.GetGrain<IShared>(_key, "Nowhere"))
            .Message.ShouldContain("Nowhere");

    [Fact]
    public async Task GetGrain_OfTwoImplementations_ChoosesTheNamesake() =>
        (await cluster.Grains.GetGrain<IFavoured>(_key).Who()).ShouldBe("namesake");

    [Fact]
    public async Task GetGrain_OfTheWholeName_IsChosenBeforeOneThatBeginsWithIt() =>
        (await cluster.Grains.GetGrain<IFavoured>(_key, typeof(Favoured).FullName).Who()).ShouldBe("namesake");
}
