using System.Collections.Immutable;
using Kthena.Model.Resources;

namespace Kthena.Model.Routing;

/// <summary>What changed of a model server: a pod that comes or goes costs what one pod costs, however many there are.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RoutedServerDelta")]
public sealed record RoutedServerDelta
{
    /// <summary>The ModelServer.</summary>
    [Id(0)]
    public required NamespacedName Key { get; init; }

    /// <summary>The version of the ModelServer that the spec comes from.</summary>
    [Id(1)]
    public string ResourceVersion { get; init; } = "";

    /// <summary>The spec when the ModelServer is new or has another version; null leaves the one before.</summary>
    [Id(2)]
    public ModelServerSpec? Spec { get; init; }

    /// <summary>The endpoints that are new or other than before.</summary>
    [Id(3)]
    public ImmutableArray<EngineEndpoint> Endpoints { get; init; } = [];

    /// <summary>The pods that are gone.</summary>
    [Id(4)]
    public ImmutableArray<NamespacedName> GonePods { get; init; } = [];
}
