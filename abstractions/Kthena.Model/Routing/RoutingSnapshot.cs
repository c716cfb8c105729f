using System.Collections.Immutable;

namespace Kthena.Model.Routing;

/// <summary>All that routers decide on, at one version.</summary>
[GenerateSerializer, Immutable, Alias("kthena.RoutingSnapshot")]
public sealed record RoutingSnapshot
{
    /// <summary>What a router has before it heard of anything; version 0.</summary>
    public static readonly RoutingSnapshot Empty = new();

    /// <summary>Grows with every change of the content and with every new life of the table; 0 is none. Of one version there is one content.</summary>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>The routes, oldest first; of one age ascending by namespace and name.</summary>
    [Id(1)]
    public ImmutableArray<RoutedModel> Routes { get; init; } = [];

    /// <summary>The model servers, ascending by namespace and name.</summary>
    [Id(2)]
    public ImmutableArray<RoutedServer> Servers { get; init; } = [];

    /// <summary>Whether both hold the same, whatever their versions.</summary>
    /// <param name="other">The one to compare with.</param>
    public bool HasSameContent(RoutingSnapshot other)
    {
        if (Routes.Length != other.Routes.Length || Servers.Length != other.Servers.Length)
            return false;
        for (int index = 0; index < Routes.Length; index++)
        {
            if (!Routes[index].IsSameAs(other.Routes[index]))
                return false;
        }
        for (int index = 0; index < Servers.Length; index++)
        {
            if (!Servers[index].IsSameAs(other.Servers[index]))
                return false;
        }
        return true;
    }
}
