using System.Globalization;
using Kthena.Simulation.Runs;

namespace Kthena.Simulation;

/// <summary>Runs scenarios from the command line: one seed with its trace, or many.</summary>
public static class Program
{
    private const string Usage = """
        dotnet run --project test/Simulation -- run SCENARIO SEED            one seed: its hash, its faults and its last turns
        dotnet run --project test/Simulation -- log SCENARIO SEED            the same with what the silos log
        dotnet run --project test/Simulation -- sweep SCENARIO FIRST COUNT   many seeds, until the first that fails
        """;

    public static int Main(string[] args)
    {
        switch (args)
        {
            case ["run", var name, var seed]:
                return RunOne(Scenario.Named(name), int.Parse(seed, CultureInfo.InvariantCulture));
            case ["log", var name, var seed]:
                RunLog.Sink = Console.Error.WriteLine;
                return RunOne(Scenario.Named(name), int.Parse(seed, CultureInfo.InvariantCulture));
            case ["sweep", var name, var first, var count]:
                return SweepAll(
                    Scenario.Named(name), int.Parse(first, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static int RunOne(Scenario scenario, int seed)
    {
        var report = scenario.Run(seed);
        if (report.Failure is not null)
        {
            Console.Error.WriteLine(string.Join(Environment.NewLine, report.Tail));
            Console.Error.WriteLine(report.Failure);
            Console.Error.WriteLine(scenario.Describe(seed, report));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{scenario.Name} {seed} hash {report.TraceHash:x16} turns {report.Turns} time {report.VirtualTime:c}; {report.Faults}"));
        return report.Failure is null ? 0 : 1;
    }

    private static int SweepAll(Scenario scenario, int first, int count)
    {
        var start = TimeProvider.System.GetTimestamp();
        var sweep = Sweep.Run(scenario, first, count);
        if (sweep.Failed is { } failed)
        {
            Console.Error.WriteLine(scenario.Describe(failed.Seed, failed.Report));
            return 1;
        }

        var minutes = TimeProvider.System.GetElapsedTime(start).TotalMinutes;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{scenario.Name}: {count} seeds passed, {count / minutes:0} seeds a minute, {sweep.Turns / count} turns a seed"));
        return 0;
    }
}
