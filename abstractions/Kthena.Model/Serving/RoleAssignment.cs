using System.Collections.Immutable;

namespace Kthena.Model.Serving;

/// <summary>What a group wants of one role instance. Compared by content.</summary>
/// <param name="Policies">What holds for the whole ModelServing.</param>
/// <param name="Revision">The revision that the pods are labelled with.</param>
/// <param name="Role">The role at that revision.</param>
[GenerateSerializer, Immutable, Alias("kthena.RoleAssignment")]
public sealed record RoleAssignment(
    [property: Id(0)] ServingPolicies Policies,
    [property: Id(1)] string Revision,
    [property: Id(2)] RoleDefinition Role)
{
    /// <summary>Whether the instance is to go. Then only <see cref="VictimUids"/> are deleted, and nothing is created.</summary>
    [Id(3)]
    public bool IsDeleting { get; init; }

    /// <summary>The pods to delete, by UID.</summary>
    [Id(4)]
    public ImmutableArray<string> VictimUids { get; init; } = [];

    /// <summary>
    /// What the group was when it was last whole, such as <c>decode=2,prefill=1</c>: then a pod that is missing was lost, and
    /// the whole group is rebuilt. Empty where the group was not whole yet, or where that makes no difference.
    /// </summary>
    [Id(5)]
    public string GroupShape { get; init; } = "";

    /// <summary>Of an instance that is to go: whether its pods drain first. They do not where they are rebuilt because one failed.</summary>
    [Id(6)]
    public bool Drains { get; init; }

    /// <summary>Whether both want the same.</summary>
    /// <param name="other">The assignment to compare with.</param>
    public bool Equals(RoleAssignment? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Policies == other.Policies
            && Revision == other.Revision
            && Role == other.Role
            && IsDeleting == other.IsDeleting
            && GroupShape == other.GroupShape
            && Drains == other.Drains
            && VictimUids.AsSpan().SequenceEqual(other.VictimUids.AsSpan()));

    /// <summary>A hash that agrees with <see cref="Equals(RoleAssignment)"/>; never used for order.</summary>
    public override int GetHashCode() => Role.Replicas;
}
