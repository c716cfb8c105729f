using Kthena.Conformance;
using Kthena.Embedded.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace Kthena.Embedded.Tests;

/// <summary>The conformance suite in the deterministic mode: three silos on one thread in virtual time, turns in the order of a seed.</summary>
public sealed class SimulatedConformanceTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public static TheoryData<string> Cases => [.. ConformanceCase.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Case_EverySeed_Holds(string name) =>
        SimulationSeeds.Run(SimulationSeeds.Choose(usual: 2, full: 50), name, seed => Run(ConformanceCase.All[name], seed));

    [Fact]
    public void Case_OfASeed_HasTheSameTraceAgain()
    {
        var one = ConformanceCase.All[$"{nameof(LifecycleTests)}.{nameof(LifecycleTests.FirstCall_Activates_Once)}"];
        Run(one, 1000, "first/").ShouldBe(Run(one, 1000, "again/"));
        Run(one, 1001, "other/").ShouldNotBe(Run(one, 1002, "other/"));
    }

    [Fact]
    public void Suite_AlmostWhole_IsSimulated()
    {
        ConformanceCase.All.Count.ShouldBeGreaterThan(90);
        ConformanceCase.Outside.Select(method => method.Name).ShouldBe([nameof(TurnTests.Turn_WorkOutside_ComesBackToTheActivationsScheduler)]);
    }

    [Fact]
    public void Seeds_AreTheFirstFewOrTheOneWished()
    {
        SimulationSeeds.Choose(null, 3).ShouldBe([0, 1, 2]);
        SimulationSeeds.Choose("17", 3).ShouldBe([17]);
    }

    [Fact]
    public void FailingSeed_SaysHowToSeeItAgain()
    {
        var fault = Should.Throw<SeedFailedException>(() => SimulationSeeds.Run(
            [4, 5], "Some.Case", seed => seed.ShouldBe(4)));
        fault.Message.ShouldBe("dotnet test test/Kthena.Embedded.Orleans.Tests -e KTHENA_SEED=5 --filter \"DisplayName~Some.Case\"");
        fault.InnerException!.Message.ShouldContain("4");
    }

    /// <summary>Runs a case and returns the hash of its trace.</summary>
    private static ulong Run(ConformanceCase one, int seed, string keys = "")
    {
        var cluster = new SimulatedCluster(seed, new SimulationOptions
        {
            BuildServices = services => services.BuildServiceProvider(),
            ConfigureSilo = (silo, _) => ClusterFixture.Configure(silo),
            RunBeside = (services, _) => ClusterFixture.StartAsync(services),
        });
        // Keys are part of the trace, so they hang on nothing but case and seed; Signals are forgotten, so that a case may run again.
        var fixture = new ClusterFixture(cluster.Client, $"{Signals.Simulated}{one.Name}/{seed}/");
        Signals.Forget($"{Signals.Simulated}{one.Name}/{seed}/");
        cluster.Run(
            async () =>
            {
                await cluster.UntilQuietAsync();
                await one.RunAsync(fixture);
            },
            Longest);
        return cluster.Driver.TraceHash;
    }
}
