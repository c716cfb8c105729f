namespace Kthena.Simulation.Routing;

/// <summary>A mistake planted around the routing grains, which the simulator must find.</summary>
public enum RoutingMistake
{
    /// <summary>None: every seed passes.</summary>
    None,

    /// <summary>The facts do not say how far they are, so a change that nobody told of goes unseen.</summary>
    FactsWithoutVersions,

    /// <summary>Routers ask that their counts hold for an hour.</summary>
    LeaseOfAnHour,

    /// <summary>Routers go on recording prompts of endpoints that have left their table.</summary>
    RecordsOfTheGone,
}
