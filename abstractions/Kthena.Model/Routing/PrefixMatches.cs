using System.Collections.Immutable;

namespace Kthena.Model.Routing;

/// <summary>How much of a prompt one endpoint holds.</summary>
/// <param name="EndpointUid">The pod's UID.</param>
/// <param name="Blocks">How many of the prompt's leading blocks; at least 1.</param>
[GenerateSerializer, Immutable, Alias("kthena.PrefixMatch")]
public sealed record PrefixMatch([property: Id(0)] string EndpointUid, [property: Id(1)] int Blocks);

/// <summary>What the prefix cache knows of a prompt.</summary>
[GenerateSerializer, Immutable, Alias("kthena.PrefixMatches")]
public sealed record PrefixMatches
{
    /// <summary>Nothing is known.</summary>
    public static readonly PrefixMatches None = new();

    /// <summary>The endpoints that hold the beginning of the prompt, in no particular order; the others hold none of it.</summary>
    [Id(0)]
    public ImmutableArray<PrefixMatch> Endpoints { get; init; } = [];

    /// <summary>Which life of the cache answered: when it changes, routers send their recent records again.</summary>
    [Id(1)]
    public long Epoch { get; init; }
}
