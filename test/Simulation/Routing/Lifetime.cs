namespace Kthena.Simulation.Routing;

/// <summary>Since when something is so, and until when it was.</summary>
/// <param name="Since">When it became so.</param>
internal sealed record Lifetime(DateTimeOffset Since)
{
    /// <summary>When it ended; null while it lasts.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Whether who is at most so far behind must know of it.</summary>
    public bool MustBeKnown(DateTimeOffset now, TimeSpan lag) => Until is null && Since + lag < now;

    /// <summary>Whether who is at most so far behind may still believe it.</summary>
    public bool MayBeBelieved(DateTimeOffset now, TimeSpan lag) => Until is not { } until || until + lag >= now;
}
