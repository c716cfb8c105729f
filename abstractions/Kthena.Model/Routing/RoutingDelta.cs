using System.Collections.Immutable;

namespace Kthena.Model.Routing;

/// <summary>What changed from one version of the routing table to a later one.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RoutingDelta")]
public sealed record RoutingDelta
{
    /// <summary>The version that this changes; no other.</summary>
    [Id(0)]
    public required long FromVersion { get; init; }

    /// <summary>The version that comes of it.</summary>
    [Id(1)]
    public required long Version { get; init; }

    /// <summary>The routes that are new or other than before.</summary>
    [Id(2)]
    public ImmutableArray<RoutedModel> Routes { get; init; } = [];

    /// <summary>The routes that are gone.</summary>
    [Id(3)]
    public ImmutableArray<NamespacedName> GoneRoutes { get; init; } = [];

    /// <summary>The model servers that are new or other than before.</summary>
    [Id(4)]
    public ImmutableArray<RoutedServerDelta> Servers { get; init; } = [];

    /// <summary>The model servers that are gone.</summary>
    [Id(5)]
    public ImmutableArray<NamespacedName> GoneServers { get; init; } = [];
}
