namespace Kthena.Cli.Hosting;

/// <summary>Faults of options that give ports.</summary>
internal static class PortFaults
{
    /// <summary>A sentence for each port that several options give; 0 takes a free one, and null listens nowhere.</summary>
    /// <param name="ports">The options with their ports.</param>
    public static IEnumerable<string> Shared(params IEnumerable<(string Option, int? Port)> ports)
    {
        foreach (IGrouping<int?, string> shared in ports.Where(static port => port.Port is not (null or 0)).GroupBy(static port => port.Port, static port => port.Option))
        {
            string[] options = [.. shared];
            if (options.Length > 1)
                yield return $"{string.Join(" and ", options)} are {(options.Length == 2 ? "both" : "all")} {shared.Key}: give each a port of its own.";
        }
    }
}
