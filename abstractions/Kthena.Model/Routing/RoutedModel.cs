using Kthena.Model.Resources;

namespace Kthena.Model.Routing;

/// <summary>A model route as routers see it.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RoutedModel")]
public sealed record RoutedModel
{
    /// <summary>The ModelRoute.</summary>
    [Id(0)]
    public required NamespacedName Key { get; init; }

    /// <summary>The version of the ModelRoute that the spec comes from.</summary>
    [Id(1)]
    public string ResourceVersion { get; init; } = "";

    /// <summary>When the ModelRoute was created: of routes for one model the oldest comes first.</summary>
    [Id(2)]
    public DateTimeOffset CreationTimestamp { get; init; }

    /// <summary>What the user wants.</summary>
    [Id(3)]
    public required ModelRouteSpec Spec { get; init; }

    /// <summary>Whether routers would decide alike on both.</summary>
    /// <param name="other">The one to compare with.</param>
    public bool IsSameAs(RoutedModel other) =>
        Key == other.Key
        && ResourceVersion == other.ResourceVersion
        && CreationTimestamp == other.CreationTimestamp;
}
