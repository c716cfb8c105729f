using Kthena.Conformance;
using Kthena.Embedded.CodeGeneration;
using Kthena.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Kthena.Embedded.Tests;

/// <summary>Its messages can change; nothing implements it, so that silos start.</summary>
public interface ICareless : IGrainWithStringKey
{
    Task<CarelessEnvelope> Send();
}

public sealed record CarelessEnvelope(CarelessMessage Message);

public sealed record CarelessMessage(string Text)
{
    public int Number { get; set; }
}

public interface ICarelessOfArrays : IGrainWithStringKey
{
    Task Send(int[] numbers);
}

public interface ICarelessOfLists : IGrainWithStringKey
{
    Task<List<string>> Names();
}

public interface ICarelessOfFields : IGrainWithStringKey
{
    ValueTask<CarelessFields?> Fields();
}

[System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
public struct CarelessFields
{
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1051", Justification = "What the test is about.")]
    public int Number;
}

public sealed class BadInputTests
{
    [Fact]
    public async Task GetGrain_WithAMutableMessage_NamesTypeMemberAndRemedy()
    {
        var fault = await FaultOf<ICareless>();
        fault.ShouldContain("ICareless.Send");
        fault.ShouldContain("CarelessMessage.Number can be set");
        fault.ShouldContain("init-only");
    }

    [Fact]
    public async Task GetGrain_WithAnArray_SaysWhatToCarryInstead() =>
        (await FaultOf<ICarelessOfArrays>()).ShouldContain("System.Int32[] is an array. Carry an ImmutableArray");

    [Fact]
    public async Task GetGrain_WithAList_SaysWhatToCarryInstead() =>
        (await FaultOf<ICarelessOfLists>()).ShouldContain("is a collection that can change");

    [Fact]
    public async Task GetGrain_WithAFieldThatCanBeSet_NamesIt() =>
        (await FaultOf<ICarelessOfFields>()).ShouldContain("CarelessFields.Number can be set");

    [Fact]
    public async Task Silo_WithAGrainOfMutableMessages_DoesNotStart()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(GrainCatalog.FromParts([new CarelessPart()]));
        builder.UseOrleans(_ => { });
        using var host = builder.Build();
        var fault = await Should.ThrowAsync<OrleansConfigurationException>(() => host.StartAsync());
        fault.Message.ShouldContain("CarelessMessage.Number");
    }

    [Fact]
    public async Task GetGrain_WithoutImplementation_SaysWhatToDo()
    {
        await using var cluster = await StartAsync();
        Should.Throw<ArgumentException>(() => cluster.Client.GetGrain<IOrphan>("x")).Message.ShouldContain("Reference the project");
    }

    [Fact]
    public async Task GetGrain_OfTwoImplementations_SaysWhatToDo()
    {
        await using var cluster = await StartAsync();
        Should.Throw<ArgumentException>(() => cluster.Client.GetGrain<IShared>("x")).Message.ShouldContain("grainClassNamePrefix");
    }

    [Fact]
    public async Task State_OfAnUnknownProvider_SaysWhatToDo()
    {
        await using var cluster = await StartAsync();
        var fault = await Should.ThrowAsync<Orleans.Storage.BadProviderConfigException>(
            () => cluster.Client.GetGrain<IMisplaced>("x").Call());
        fault.Message.ShouldContain("'nowhere'");
        fault.Message.ShouldContain("Add it where the silo is set up");
    }

    private static async Task<string> FaultOf<TGrain>()
        where TGrain : IGrainWithStringKey
    {
        await using var cluster = await StartAsync();
        return Should.Throw<OrleansConfigurationException>(() => cluster.Client.GetGrain<TGrain>("x")).Message;
    }

    private static async Task<InProcessTestCluster> StartAsync()
    {
        var cluster = new InProcessTestClusterBuilder(1).Build();
        await cluster.DeployAsync();
        return cluster;
    }

    private sealed class CarelessPart : IGrainPart
    {
        public void AddTo(IGrainPartBuilder builder)
        {
            builder.AddInterface(typeof(ICareless), target => target);
            builder.AddClass(typeof(RelayGrain), [typeof(ICareless)]);
        }
    }
}
