using System.Collections.Immutable;

namespace Kthena.Model.Routing;

/// <summary>What is known of an engine's load and health, from one scrape for the whole cluster and from what routers say.</summary>
[GenerateSerializer, Immutable, Alias("kthena.EndpointLoad")]
public sealed record EndpointLoad
{
    /// <summary>The pod's UID.</summary>
    [Id(0)]
    public required string EndpointUid { get; init; }

    /// <summary>Whether the engine answered one of its last scrapes.</summary>
    [Id(1)]
    public bool IsReachable { get; init; } = true;

    /// <summary>Requests that wait inside the engine.</summary>
    [Id(2)]
    public int Waiting { get; init; }

    /// <summary>Requests that the engine works at.</summary>
    [Id(3)]
    public int Running { get; init; }

    /// <summary>How full the KV cache is, 0 to 1.</summary>
    [Id(4)]
    public double KvUsage { get; init; }

    /// <summary>The mean time to the first token of late, in seconds; 0 when never measured.</summary>
    [Id(5)]
    public double TimeToFirstToken { get; init; }

    /// <summary>The mean time between two tokens of late, in seconds; 0 when never measured.</summary>
    [Id(6)]
    public double TimePerOutputToken { get; init; }

    /// <summary>The models and adapters that are loaded, ascending; empty when the engine has not said.</summary>
    [Id(7)]
    public ImmutableArray<string> Models { get; init; } = [];

    /// <summary>What routers have in flight there, ascending by router.</summary>
    [Id(8)]
    public ImmutableArray<RouterInFlight> Routers { get; init; } = [];

    /// <summary>Whether both say the same.</summary>
    /// <param name="other">The one to compare with.</param>
    public bool HasSameContent(EndpointLoad other) =>
        this with { Models = other.Models, Routers = other.Routers } == other
        && Models.AsSpan().SequenceEqual(other.Models.AsSpan())
        && Routers.AsSpan().SequenceEqual(other.Routers.AsSpan());
}
