namespace Kthena.Simulation.ControlPlane;

/// <summary>How often each fault between the silos and the API server really happened in one run.</summary>
internal sealed class ApiFaultCounts
{
    /// <summary>Requests and answers that took more than a tenth of a second.</summary>
    public int Delays { get; set; }

    public int TooManyRequests { get; set; }

    public int InternalErrors { get; set; }

    public int Conflicts { get; set; }

    /// <summary>Requests without an answer: carried out at once, late or never.</summary>
    public int Unanswered { get; set; }

    /// <summary>Requests that were carried out a second time, later.</summary>
    public int Repeats { get; set; }

    public int WatchCuts { get; set; }

    /// <summary>Times that one silo's watch of a kind stood still while others went on: caches of different age.</summary>
    public int WatchLags { get; set; }

    /// <summary>Events that a watch told twice.</summary>
    public int WatchRepeats { get; set; }

    /// <summary>Each fault with its count, by the name that reports give it.</summary>
    public IEnumerable<(string Name, int Count)> All =>
    [
        ("delays", Delays),
        ("429s", TooManyRequests),
        ("500s", InternalErrors),
        ("conflicts", Conflicts),
        ("unanswered", Unanswered),
        ("repeated requests", Repeats),
        ("watch cuts", WatchCuts),
        ("watch lags", WatchLags),
        ("repeated events", WatchRepeats),
    ];

    public override string ToString() => string.Join(", ", All.Select(static fault => $"{fault.Count} {fault.Name}"));
}
