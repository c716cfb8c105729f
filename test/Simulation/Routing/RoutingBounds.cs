using Kthena.Simulation.ControlPlane;

namespace Kthena.Simulation.Routing;

/// <summary>
/// How far behind everything may be: little where nothing fails, much where calls are lost and time out, and where silos are away
/// before anybody notices.
/// </summary>
internal sealed class RoutingBounds(SimulatedPlatform platform)
{
    private static readonly TimeSpan Healing = TimeSpan.FromMinutes(4);

    /// <summary>Set once nothing fails any more and what did has had time to heal.</summary>
    public bool IsStrict { get; set; }

    /// <summary>Of a router's table.</summary>
    public TimeSpan Table => IsStrict ? TimeSpan.FromSeconds(5) : Healing;

    /// <summary>Of what a prefix cache holds: the table's, and until its endpoints are named again.</summary>
    public TimeSpan Prefixes => IsStrict ? TimeSpan.FromSeconds(15) : Healing;

    /// <summary>Of a count in flight after its lease: until the next scrape, and until an endpoint that is followed anew says so.</summary>
    public TimeSpan Leases => TimeSpan.FromSeconds(10) + (IsStrict ? TimeSpan.FromSeconds(10) : Healing);

    /// <summary>The time.</summary>
    public DateTimeOffset Now => platform.Now;
}
