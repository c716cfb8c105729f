using System.Collections.Immutable;

namespace Kthena.Model.Serving;

/// <summary>What a ModelServing wants of one ServingGroup. Compared by content.</summary>
/// <param name="Policies">What holds for the whole ModelServing.</param>
/// <param name="Revision">The group's revision.</param>
/// <param name="Roles">The roles at that revision, in spec order.</param>
[GenerateSerializer, Immutable, Alias("kthena.GroupAssignment")]
public sealed record GroupAssignment(
    [property: Id(0)] ServingPolicies Policies,
    [property: Id(1)] string Revision,
    [property: Id(2)] ImmutableArray<RoleDefinition> Roles)
{
    /// <summary>Whether the whole group is to go. Then nothing is created or healed.</summary>
    [Id(3)]
    public bool IsDeleting { get; init; }

    /// <summary>Of a group that stays: the role instances that a recorded step takes away, ascending by role and ordinal.</summary>
    [Id(4)]
    public ImmutableArray<RoleVictim> Victims { get; init; } = [];

    /// <summary>Of a group that is to go: the pods to delete, by UID, ascending.</summary>
    [Id(5)]
    public ImmutableArray<string> VictimUids { get; init; } = [];

    /// <summary>Where roles are replaced one by one: what instances are kept or built at instead of <see cref="Revision"/>.</summary>
    [Id(6)]
    public ImmutableArray<OlderRole> Older { get; init; } = [];

    /// <summary>What is wanted of the group's PodGroup; null where it has none.</summary>
    [Id(7)]
    public GangTerms? Gang { get; init; }

    /// <summary>Whether both want the same.</summary>
    /// <param name="other">The assignment to compare with.</param>
    public bool Equals(GroupAssignment? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Policies == other.Policies
            && Revision == other.Revision
            && (Roles == other.Roles || Roles.AsSpan().SequenceEqual(other.Roles.AsSpan()))
            && IsDeleting == other.IsDeleting
            && Gang == other.Gang
            && Older.AsSpan().SequenceEqual(other.Older.AsSpan())
            && Victims.AsSpan().SequenceEqual(other.Victims.AsSpan())
            && VictimUids.AsSpan().SequenceEqual(other.VictimUids.AsSpan()));

    /// <summary>A hash that agrees with <see cref="Equals(GroupAssignment)"/>; never used for order.</summary>
    public override int GetHashCode() => Roles.Length;
}
