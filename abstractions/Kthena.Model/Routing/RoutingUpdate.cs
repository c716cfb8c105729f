using System.Collections.Immutable;

namespace Kthena.Model.Routing;

/// <summary>The way from the version that a router has to the newest: deltas in order, or everything when there is no such way.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RoutingUpdate")]
public sealed record RoutingUpdate
{
    /// <summary>The whole table; null when the deltas lead to it.</summary>
    [Id(0)]
    public RoutingSnapshot? Whole { get; init; }

    /// <summary>The deltas, each from the version of the one before it; the first from the version asked for.</summary>
    [Id(1)]
    public ImmutableArray<RoutingDelta> Deltas { get; init; } = [];
}
