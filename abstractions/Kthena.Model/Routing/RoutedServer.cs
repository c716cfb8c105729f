using System.Collections.Immutable;
using Kthena.Model.Resources;

namespace Kthena.Model.Routing;

/// <summary>A model server as routers see it.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RoutedServer")]
public sealed record RoutedServer
{
    /// <summary>The ModelServer.</summary>
    [Id(0)]
    public required NamespacedName Key { get; init; }

    /// <summary>The version of the ModelServer that the spec comes from.</summary>
    [Id(1)]
    public string ResourceVersion { get; init; } = "";

    /// <summary>What the user wants.</summary>
    [Id(2)]
    public required ModelServerSpec Spec { get; init; }

    /// <summary>The pods that can take requests, ascending by namespace and name.</summary>
    [Id(3)]
    public ImmutableArray<EngineEndpoint> Endpoints { get; init; } = [];

    /// <summary>Whether routers would decide alike on both.</summary>
    /// <param name="other">The one to compare with.</param>
    public bool IsSameAs(RoutedServer other) =>
        Key == other.Key
        && ResourceVersion == other.ResourceVersion
        && Endpoints.AsSpan().SequenceEqual(other.Endpoints.AsSpan());
}
