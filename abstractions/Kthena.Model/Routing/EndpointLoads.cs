using System.Collections.Immutable;

namespace Kthena.Model.Routing;

/// <summary>The loads that changed since a version, or all of them.</summary>
[GenerateSerializer, Immutable, Alias("kthena.EndpointLoads")]
public sealed record EndpointLoads
{
    /// <summary>Ask for what changed since this version next.</summary>
    [Id(0)]
    public required long Version { get; init; }

    /// <summary>Whether these are all loads, because the version asked for is of another life.</summary>
    [Id(1)]
    public bool IsWhole { get; init; }

    /// <summary>The loads, ascending by UID.</summary>
    [Id(2)]
    public ImmutableArray<EndpointLoad> Loads { get; init; } = [];

    /// <summary>The UIDs of the engines that are gone since that version; none when these are all loads.</summary>
    [Id(3)]
    public ImmutableArray<string> GoneUids { get; init; } = [];
}
