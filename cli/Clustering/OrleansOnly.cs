namespace Kthena.Cli.Clustering;

/// <summary>What this build can do that the other grain runtime cannot.</summary>
internal static class OrleansOnly
{
#if ORLEANS
    /// <summary>Whether this build runs on Microsoft Orleans.</summary>
    public static bool IsBuilt => true;
#else
    /// <summary>Whether this build runs on Microsoft Orleans.</summary>
    public static bool IsBuilt => false;
#endif

    /// <summary>A sentence for each option that was given although this build cannot do what it asks for.</summary>
    /// <param name="options">Options, and whether each was given.</param>
    public static IEnumerable<string> Faults(params IEnumerable<(string Option, bool IsGiven)> options) =>
        IsBuilt ? [] : options.Where(static option => option.IsGiven).Select(static option =>
            $"{option.Option} needs Microsoft Orleans, and this build runs on the embedded grain runtime: leave it out, or build with -p:GrainRuntime=Orleans.");
}
