using System.Diagnostics;
using Kthena.Simulation.Bank;
using Kthena.Simulation.ControlPlane;
using Kthena.Simulation.Routing;
using Kthena.Simulation.Runs;
using Xunit.Abstractions;

namespace Kthena.Simulation.Tests;

public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int SeedsToFindAMistake = 300;
    private static readonly int MistakesSeeds = TestSize.Of(usual: 60, full: 300);

    public static TheoryData<Bug> PlantedBugs => [.. Enum.GetValues<Bug>().Where(bug => bug != Bug.None)];

    [Fact]
    public void Bank_EverySeed_KeepsItsRules() => PassAll("bank", TestSize.Of(usual: 200, full: 5000));

    [Theory]
    [MemberData(nameof(PlantedBugs))]
    public void Bank_WithAPlantedMistake_IsFoundOut(Bug bug)
    {
        var scenario = Scenario.Named($"bank/{bug}");
        Enumerable.Range(0, SeedsToFindAMistake).ShouldContain(seed => scenario.Run(seed).Failure != null);
    }

    [Fact]
    public void Bank_FailingSeed_FailsTheSameAgainAndSaysHowToReplayIt()
    {
        var scenario = Scenario.Named("bank/DepositTwice");
        var seed = Enumerable.Range(0, SeedsToFindAMistake).First(seed => scenario.Run(seed).Failure is not null);
        var first = scenario.Run(seed);
        var again = scenario.Run(seed);
        again.TraceHash.ShouldBe(first.TraceHash);
        again.Failure!.Message.ShouldBe(first.Failure!.Message);
        scenario.Describe(seed, first).ShouldEndWith($"dotnet run --project test/Simulation -- run bank/DepositTwice {seed}");
    }

    [Fact]
    public void Serving_EverySeed_KeepsItsRulesAndConverges() => PassAll("serving", TestSize.Of(usual: 6, full: 2000));

    [Theory]
    [InlineData(Mistake.DeleteByNameAlone, 0)]
    [InlineData(Mistake.DeletionsLost, 0)]
    [InlineData(Mistake.PodsOfAnUnstoredRevision, 0)]
    [InlineData(Mistake.SurgeTooLarge, 0)]
    [InlineData(Mistake.StatusNeverTheSame, 0)]
    [InlineData(Mistake.BudgetTooLarge, 1)]
    public void Serving_WithAPlantedMistake_IsFoundOut(Mistake mistake, int first)
    {
        var scenario = Scenario.Named($"serving/{mistake}");
        Enumerable.Range(first, MistakesSeeds).ShouldContain(seed => scenario.Run(seed).Failure != null);
    }

    [Fact]
    public void ServingDraining_EverySeed_KeepsItsRulesAndConverges() => PassAll("serving-draining", TestSize.Of(usual: 4, full: 2000));

    [Fact]
    public void ServingGang_EverySeed_HasItsPodGroupsWheneverVolcanoIsThere() => PassAll("serving-gang", TestSize.Of(usual: 4, full: 500));

    [Fact]
    public void ServingGang_Volcano_ReallyComesAndGoes()
    {
        var scenario = Scenario.Named("serving-gang");
        var counts = Enumerable.Range(0, 4).SelectMany(seed => scenario.Run(seed).Counts).ToLookup(static fault => fault.Name, static fault => fault.Count);
        counts["turns of Volcano"].Sum().ShouldBeGreaterThan(3);
        counts["doubled groups and roles"].Sum().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Routing_EverySeed_IsNeverStale() => PassAll("routing", TestSize.Of(usual: 10, full: 2000));

    [Theory]
    [InlineData(RoutingMistake.FactsWithoutVersions)]
    [InlineData(RoutingMistake.LeaseOfAnHour)]
    [InlineData(RoutingMistake.RecordsOfTheGone)]
    public void Routing_WithAPlantedMistake_IsFoundOut(RoutingMistake mistake)
    {
        var scenario = Scenario.Named($"routing/{mistake}");
        Enumerable.Range(0, MistakesSeeds).ShouldContain(seed => scenario.Run(seed).Failure != null);
    }

    /// <summary>A fault that never happens proves nothing.</summary>
    [Fact]
    public void Serving_EveryFault_ReallyHappens()
    {
        var scenario = Scenario.Named("serving");
        Enumerable.Range(0, 16).SelectMany(seed => scenario.Run(seed).Counts)
            .GroupBy(static fault => fault.Name, static fault => fault.Count)
            .Where(static fault => fault.Sum() == 0)
            .Select(static fault => fault.Key)
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bank", 11)]
    [InlineData("bank", 12)]
    [InlineData("serving", 7)]
    [InlineData("routing", 3)]
    public async Task Trace_OfASeed_IsTheSameInAnotherProcess(string scenario, int seed)
    {
        var here = Scenario.Named(scenario).Run(seed);
        using var other = Process.Start(new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "run", scenario, $"{seed}"])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await other.StandardOutput.ReadToEndAsync();
        await other.WaitForExitAsync();
        output.ShouldStartWith($"{scenario} {seed} hash {here.TraceHash:x16} turns {here.Turns} ");
    }

    [Fact]
    public void Trace_OfASeed_IsTheSameBesideOthers()
    {
        var scenario = Scenario.Named("routing");
        var alone = scenario.Run(3).TraceHash;
        var other = new Thread(() => scenario.Run(4));
        other.Start();
        scenario.Run(3).TraceHash.ShouldBe(alone);
        other.Join();
    }

    private void PassAll(string name, int seeds)
    {
        var scenario = Scenario.Named(name);
        var (failed, turns) = Sweep.Run(scenario, first: 0, seeds);
        output.WriteLine($"{name}: {seeds} seeds, {turns} turns");
        failed.ShouldBeNull(failed is { } found ? scenario.Describe(found.Seed, found.Report) : null);
    }
}
