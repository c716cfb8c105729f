namespace Kthena.Routing.Scheduling;

/// <summary>What speaks against an endpoint.</summary>
[Flags]
public enum EndpointTraits
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its engine does not answer scrapes.</summary>
    NotReady = 1,

    /// <summary>It ends what it has and takes nothing new.</summary>
    Draining = 2,

    /// <summary>It failed again and again, and rests.</summary>
    BreakerOpen = 4,

    /// <summary>It is known not to have loaded the adapter that the request names.</summary>
    LacksAdapter = 8,
}
