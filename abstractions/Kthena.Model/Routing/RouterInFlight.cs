namespace Kthena.Model.Routing;

/// <summary>How many requests one router has at one endpoint, as an absolute value that holds for a time.</summary>
/// <param name="Router">The router; another life of it has another name.</param>
/// <param name="EndpointUid">The pod's UID.</param>
/// <param name="Count">The requests that have not ended; 0 ends the lease.</param>
/// <param name="Lease">How long it counts unless it is said again.</param>
[GenerateSerializer, Immutable, Alias("kthena.RouterInFlight")]
public sealed record RouterInFlight(
    [property: Id(0)] string Router,
    [property: Id(1)] string EndpointUid,
    [property: Id(2)] int Count,
    [property: Id(3)] TimeSpan Lease);
