namespace Kthena.Simulation.ControlPlane;

/// <summary>What goes wrong between a silo and the API server, and how often.</summary>
internal sealed record ApiFaults
{
    /// <summary>How long a request, an answer or a watch's event is on its way at most.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>The share of requests that are refused with 429.</summary>
    public double TooManyRequests { get; init; }

    /// <summary>The share of requests that fail with 500 and are not carried out.</summary>
    public double InternalErrors { get; init; }

    /// <summary>The share of changes that are refused with 409, as if another writer had been first.</summary>
    public double Conflicts { get; init; }

    /// <summary>The share of requests that get no answer: they are carried out at once, much later or never.</summary>
    public double Unanswered { get; init; }

    /// <summary>The share of changes that are carried out a second time, later: as when a connection breaks and its request is sent again.</summary>
    public double Repeats { get; init; }

    /// <summary>The share of a watch's events after which it stands still for a while.</summary>
    public double WatchLags { get; init; }

    /// <summary>The share of a watch's events that it tells twice.</summary>
    public double WatchRepeats { get; init; }

    /// <summary>What really happened.</summary>
    public ApiFaultCounts Counts { get; } = new();

    /// <summary>How long a watch lasts at most before it is cut; null for as long as it was asked for.</summary>
    public TimeSpan? WatchMax { get; init; }

    /// <summary>A mixture by chance.</summary>
    public static ApiFaults Draw(Random chance)
    {
        return new ApiFaults
        {
            DelayMax = TimeSpan.FromMilliseconds(1 << chance.Next(1, 12)),
            TooManyRequests = Share(),
            InternalErrors = Share(),
            Conflicts = Share(),
            Unanswered = Share() / 2,
            WatchMax = chance.Next(2) == 0 ? TimeSpan.FromSeconds(chance.Next(5, 60)) : null,
            Repeats = Share(),
            WatchLags = Share() / 2,
            WatchRepeats = Share(),
        };

        double Share() => chance.Next(2) == 0 ? 0 : chance.NextDouble() * 0.2;
    }
}
