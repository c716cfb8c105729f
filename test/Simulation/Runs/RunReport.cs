using Kthena.Embedded.Simulation;

namespace Kthena.Simulation.Runs;

/// <summary>How one seed went.</summary>
/// <param name="TraceHash">Equal in every process for the same seed and code.</param>
/// <param name="Turns">How many turns ran.</param>
/// <param name="VirtualTime">How long it took in the simulation.</param>
/// <param name="Faults">What went wrong, in words.</param>
/// <param name="Failure">Why the seed failed; null when it passed.</param>
public sealed record RunReport(ulong TraceHash, int Turns, TimeSpan VirtualTime, string Faults, Exception? Failure)
{
    /// <summary>What went wrong, by name, as often as it really happened.</summary>
    public IReadOnlyList<(string Name, int Count)> Counts { get; init; } = [];

    /// <summary>The last turns, for people.</summary>
    public IReadOnlyList<string> Tail { get; init; } = [];

    internal static RunReport Of(SimulatedCluster cluster, Action run)
    {
        var start = cluster.Driver.Time.GetUtcNow();
        Exception? failure = null;
        try
        {
            run();
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        var driver = cluster.Driver;
        return new RunReport(driver.TraceHash, driver.Turns, driver.Time.GetUtcNow() - start, cluster.Faults, failure)
        {
            Tail = [.. driver.Tail],
        };
    }
}
