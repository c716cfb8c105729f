using Kthena.Simulation.Bank;
using Kthena.Simulation.ControlPlane;
using Kthena.Simulation.Routing;

namespace Kthena.Simulation.Runs;

/// <summary>Something that can be run with any seed.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Run">Runs a seed.</param>
public sealed record Scenario(string Name, Func<int, RunReport> Run)
{
    /// <summary>Every scenario; those whose name ends in a planted mistake must fail on some seed.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. Enum.GetValues<Bug>().Select(bug => new Scenario(bug == Bug.None ? "bank" : $"bank/{bug}", seed => BankRun.Run(seed, bug))),
        .. Enum.GetValues<Mistake>().Select(mistake =>
            new Scenario(mistake == Mistake.None ? "serving" : $"serving/{mistake}", seed => ServingRun.Run(seed, mistake))),
        new Scenario("serving-draining", static seed => ServingRun.Run(seed, Mistake.None, drainSeconds: 1 + (seed % 40))),
        new Scenario("serving-gang", static seed => ServingRun.Run(seed, Mistake.None, hasVolcano: true)),
        .. Enum.GetValues<RoutingMistake>().Select(mistake =>
            new Scenario(mistake == RoutingMistake.None ? "routing" : $"routing/{mistake}", seed => RoutingRun.Run(seed, mistake))),
    ];

    /// <summary>Finds a scenario.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static Scenario Named(string name) => All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new ArgumentException($"No scenario is named '{name}'. There are: {string.Join(", ", All.Select(one => one.Name))}.");

    /// <summary>The one command that runs a seed again, and the reason to.</summary>
    public string Describe(int seed, RunReport report) => string.Join(
        Environment.NewLine,
        [
            $"{Name}: seed {seed} failed after {report.Turns} turns and {report.VirtualTime} with {report.Faults}:",
            $"  {report.Failure?.Message}",
            $"Replay it: dotnet run --project test/Simulation -- run {Name} {seed}",
        ]);
}
