namespace Kthena.Model.Routing;

/// <summary>One addressable engine: a pod that can take requests.</summary>
[GenerateSerializer, Immutable, Alias("kthena.EngineEndpoint")]
public sealed record EngineEndpoint
{
    /// <summary>The pod.</summary>
    [Id(0)]
    public required NamespacedName Pod { get; init; }

    /// <summary>
    /// The pod's UID, and after a slash how often its containers were restarted, if ever: a pod that was made again under its old name, or
    /// an engine that was restarted in it, has an empty KV cache.
    /// </summary>
    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>The IP address, IPv4 or IPv6 without brackets.</summary>
    [Id(2)]
    public required string Address { get; init; }

    /// <summary>The port that the engine listens on.</summary>
    [Id(3)]
    public required int Port { get; init; }

    /// <summary>Whether it ends what it has and leaves what is new to others; never true where all would.</summary>
    [Id(4)]
    public bool IsDraining { get; init; }

    /// <summary>The node that the pod runs on; empty when it is not known.</summary>
    [Id(5)]
    public string NodeName { get; init; } = "";

    /// <summary>What part of a request it does.</summary>
    [Id(6)]
    public EndpointPhase Phase { get; init; }

    /// <summary>Who it hands over to or takes over from: the endpoints of the other phase with the same group. Empty where it does all.</summary>
    [Id(7)]
    public string Group { get; init; } = "";

    /// <summary><c>http://address:port</c>.</summary>
    public string BaseUrl => Address.Contains(':', StringComparison.Ordinal) ? $"http://[{Address}]:{Port}" : $"http://{Address}:{Port}";
}
