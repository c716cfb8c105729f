using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>What is seen of one role instance.</summary>
public sealed record RoleObservation
{
    /// <summary>Makes an observation; the order of the lists does not matter.</summary>
    /// <param name="ownerUid">The UID of the live ModelServing; null when it is gone or going.</param>
    /// <param name="pods">The pods with the instance's labels, whoever owns them.</param>
    /// <param name="services">The Services with the instance's labels, whoever owns them.</param>
    /// <param name="previous">What was last told of the instance; null at the first look.</param>
    public RoleObservation(string? ownerUid, IEnumerable<Pod> pods, IEnumerable<Service> services, RoleSummary? previous)
    {
        OwnerUid = ownerUid;
        Previous = previous;
        ILookup<bool, Pod> podsByOwner = pods
            .OrderBy(static pod => pod.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(pod => pod.Metadata.Controller?.Uid == ownerUid);
        ILookup<bool, Service> servicesByOwner = services
            .OrderBy(static service => service.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(service => service.Metadata.Controller?.Uid == ownerUid);
        Pods = [.. podsByOwner[true]];
        Services = [.. servicesByOwner[true]];
        TakenNames = podsByOwner[false].Select(static pod => pod.Metadata.Name)
            .Concat(servicesByOwner[false].Select(static service => service.Metadata.Name))
            .ToImmutableSortedSet(StringComparer.Ordinal);
    }

    /// <summary>The UID of the live ModelServing; null when it is gone or going.</summary>
    public string? OwnerUid { get; }

    /// <summary>The owner's pods, ascending by name.</summary>
    public ImmutableArray<Pod> Pods { get; }

    /// <summary>The owner's Services, ascending by name.</summary>
    public ImmutableArray<Service> Services { get; }

    /// <summary>Names that objects of another owner hold, such as a deleted namesake's left-overs.</summary>
    public ImmutableSortedSet<string> TakenNames { get; }

    /// <summary>What was last told of the instance; null at the first look.</summary>
    public RoleSummary? Previous { get; }

    /// <summary>The ModelServing's metadata; null when it is gone, or nobody asks.</summary>
    public ObjectMeta? Owner { get; init; }

    /// <summary>How many looks in a row a plugin failed.</summary>
    public int PluginFailures { get; init; }

    /// <summary>The ModelServing's annotations.</summary>
    public LabelSet OwnerAnnotations { get; init; } = LabelSet.Empty;

    /// <summary>What the API server said when it last refused a write for the instance; empty when it did not.</summary>
    public string Refusal { get; init; } = "";
}
