using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Grains.Bridge;

/// <summary>The grains that can be told of a change.</summary>
public enum ChangeTargetKind
{
    /// <summary>The ModelServing itself: <see cref="ChangeTarget.Key"/> is <c>ns/name</c>.</summary>
    ModelServing,

    /// <summary>The LeaderWorkerSet itself, or the one that owns a ModelServing or a Service: <see cref="ChangeTarget.Key"/> is <c>ns/name</c>.</summary>
    LeaderWorkerSet,

    /// <summary>The role instance that a pod or Service belongs to: <see cref="ChangeTarget.Key"/> is a <see cref="RoleKey"/>.</summary>
    Role,

    /// <summary>The group that a PodGroup belongs to: <see cref="ChangeTarget.Key"/> is a <see cref="GroupKey"/>.</summary>
    ServingGroup,

    /// <summary>Every ModelServing that there is; the key is empty.</summary>
    EveryModelServing,

    /// <summary>The one routing table; the key is empty.</summary>
    RoutingTable,
}

/// <summary>A grain to tell of a change.</summary>
/// <param name="Kind">Which grain type.</param>
/// <param name="Key">The grain's key.</param>
public readonly record struct ChangeTarget(ChangeTargetKind Kind, string Key);

/// <summary>
/// Which grains hear of a change of which kind. A pod is a fact of its Role alone (a group hears of it through the Role's
/// summary) and of the routing table, which knows what selects it.
/// </summary>
public static class ChangeRoutes
{
    private static readonly ChangeTarget RoutingTable = new(ChangeTargetKind.RoutingTable, "");
    private static readonly ChangeTarget EveryModelServing = new(ChangeTargetKind.EveryModelServing, "");

    /// <summary>The kinds that have a bridge.</summary>
    public static readonly ImmutableArray<ResourceKind> Kinds =
    [
        ResourceKinds.ModelServing,
        ResourceKinds.ControllerRevision,
        ResourceKinds.Pod,
        ResourceKinds.Service,
        ResourceKinds.ModelServer,
        ResourceKinds.ModelRoute,
        ResourceKinds.LeaderWorkerSet,
        ResourceKinds.PodGroup,
        ResourceKinds.CustomResourceDefinition,
    ];

    /// <summary>The grains to tell of a change of an object.</summary>
    /// <param name="kind">The object's kind.</param>
    /// <param name="metadata">The object's metadata, of a deleted object the last that was seen.</param>
    public static ImmutableArray<ChangeTarget> TargetsOf(ResourceKind kind, ObjectMeta metadata)
    {
        if (kind == ResourceKinds.ModelServing)
            return OwningSet(metadata) is { } set ? [new(ChangeTargetKind.ModelServing, metadata.Key.ToString()), set] : [new(ChangeTargetKind.ModelServing, metadata.Key.ToString())];
        if (kind == ResourceKinds.LeaderWorkerSet)
            return [new(ChangeTargetKind.LeaderWorkerSet, metadata.Key.ToString())];
        if (kind == ResourceKinds.ControllerRevision)
            return metadata.Labels[ServingLabels.Name] is { Length: > 0 } name
                ? [new(ChangeTargetKind.ModelServing, new NamespacedName(metadata.Namespace, name).ToString())]
                : [];
        if (kind == ResourceKinds.Pod)
            return RoleOf(metadata) is { } podRole ? [podRole, RoutingTable] : [RoutingTable];
        if (kind == ResourceKinds.Service)
            return (RoleOf(metadata) ?? OwningSet(metadata)) is { } target ? [target] : [];
        if (kind == ResourceKinds.ModelServer || kind == ResourceKinds.ModelRoute)
            return [RoutingTable];
        if (kind == ResourceKinds.PodGroup)
        {
            return GroupKey.FromLabels(metadata.Namespace, metadata.Labels) is { } group
                ? [new(ChangeTargetKind.ServingGroup, group.ToString())]
                : [];
        }
        // The one definition that is followed says what PodGroups can do, and whether there are any.
        if (kind == ResourceKinds.CustomResourceDefinition)
            return [EveryModelServing];
        throw new ArgumentException($"No grain hears of changes of {kind}.", nameof(kind));
    }

    private static ChangeTarget? OwningSet(ObjectMeta metadata) =>
        metadata.Controller is { } owner && owner.Kind == ResourceKinds.LeaderWorkerSet.Kind
            ? new ChangeTarget(ChangeTargetKind.LeaderWorkerSet, new NamespacedName(metadata.Namespace, owner.Name).ToString())
            : null;

    private static ChangeTarget? RoleOf(ObjectMeta metadata) =>
        RoleKey.FromLabels(metadata.Namespace, metadata.Labels) is { } role
            ? new ChangeTarget(ChangeTargetKind.Role, role.ToString())
            : null;
}
