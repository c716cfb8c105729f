using System.Collections.Immutable;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Gang;

/// <summary>What is to be done for one group's PodGroup.</summary>
public sealed record PodGroupPlan
{
    /// <summary>The writes, in order.</summary>
    public ImmutableArray<ClusterWrite> Writes { get; init; } = [];

    /// <summary>Whether pods may be made: the PodGroup that they name is there, or they name none.</summary>
    public bool MayBuild { get; init; } = true;

    /// <summary>What keeps the PodGroup from being as it should, as <c>Reason: sentence</c>; empty when nothing does.</summary>
    public string Trouble { get; init; } = "";

    /// <summary>Of a group's orders those that need not wait for the PodGroup: what goes, goes.</summary>
    /// <param name="orders">The orders.</param>
    /// <param name="isWritten">Whether the writes are done.</param>
    public ImmutableArray<RoleOrder> Pass(ImmutableArray<RoleOrder> orders, bool isWritten) =>
        MayBuild && isWritten ? orders : [.. orders.Where(static order => order.Assignment.IsDeleting)];

    /// <summary>The plan in one line.</summary>
    public override string ToString() => Writes.Length == 0 ? "" : $"; {PlanText.Of(Writes)}";
}
