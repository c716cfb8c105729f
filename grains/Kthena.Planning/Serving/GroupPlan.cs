using System.Collections.Immutable;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>What a group knows of one of its role instances.</summary>
/// <param name="Summary">What the instance last told.</param>
/// <param name="Assigned">What it was last told to be; null when this group did not tell it yet.</param>
public sealed record RoleChild(RoleSummary Summary, RoleAssignment? Assigned);

/// <summary>An assignment to hand down.</summary>
/// <param name="Role">The role's name.</param>
/// <param name="Ordinal">The instance's ordinal.</param>
/// <param name="Assignment">What is wanted of it.</param>
public sealed record RoleOrder(string Role, int Ordinal, RoleAssignment Assignment)
{
    /// <summary><c>keep role-0</c> or <c>delete role-0</c>.</summary>
    public override string ToString() => $"{(Assignment.IsDeleting ? "delete" : "keep")} {Role}-{Ordinal}";
}

/// <summary>What is to be done for one group.</summary>
/// <param name="Summary">What the group tells its ModelServing.</param>
public sealed record GroupPlan(GroupSummary Summary)
{
    /// <summary>The assignments that role instances do not have yet, in spec order of roles, then by ordinal.</summary>
    public ImmutableArray<RoleOrder> Orders { get; init; } = [];

    /// <summary>All the assignments of instances that are to stand, those in force too: what the group is meant to consist of.</summary>
    public ImmutableArray<RoleOrder> Standing { get; init; } = [];

    /// <summary>Role instances that are gone and not wanted: nothing has to be known of them any more.</summary>
    public ImmutableArray<(string Role, int Ordinal)> Forgotten { get; init; } = [];

    /// <summary>The plan in one line.</summary>
    public override string ToString() => Orders.Length == 0 ? "nothing to order" : string.Join("; ", Orders);
}
