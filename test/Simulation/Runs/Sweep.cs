namespace Kthena.Simulation.Runs;

/// <summary>Runs many seeds of a scenario, as many at a time as there are cores: each has a thread of its own.</summary>
/// <param name="Failed">The lowest seed that failed with its report; null when all passed.</param>
/// <param name="Turns">The turns of all seeds that ran.</param>
internal sealed record Sweep((int Seed, RunReport Report)? Failed, long Turns)
{
    /// <summary>Runs seeds until all have passed, or one has failed and every lower one was run.</summary>
    /// <param name="scenario">What to run.</param>
    /// <param name="first">The first seed.</param>
    /// <param name="count">How many.</param>
    public static Sweep Run(Scenario scenario, int first, int count)
    {
        var gate = new Lock();
        (int Seed, RunReport Report)? failed = null;
        long turns = 0;
        int next = first;
        Thread[] workers = [.. Enumerable.Range(0, Math.Min(Environment.ProcessorCount, count)).Select(_ => new Thread(Work))];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            worker.Join();
        return new Sweep(failed, turns);

        void Work()
        {
            while (true)
            {
                int seed;
                lock (gate)
                {
                    if (next == first + count || next > failed?.Seed)
                        return;
                    seed = next++;
                }
                RunReport report = scenario.Run(seed);
                lock (gate)
                {
                    turns += report.Turns;
                    if (report.Failure is not null && !(failed?.Seed < seed))
                        failed = (seed, report);
                }
            }
        }
    }
}
