using System.Collections.Immutable;

namespace Kthena.Model.Serving;

/// <summary>What a ModelServing wants of the PodGroups of its groups. Compared by content.</summary>
/// <param name="Features">What the installed definition of PodGroups knows.</param>
/// <param name="Queue">The queue; empty for the scheduler's choice.</param>
/// <param name="Minimums">Roles of which less than all instances must be placed at once, ascending by name.</param>
[GenerateSerializer, Immutable, Alias("kthena.GangTerms")]
public sealed record GangTerms(
    [property: Id(0)] PodGroupFeatures Features,
    [property: Id(1)] string Queue,
    [property: Id(2)] ImmutableArray<RoleMinimum> Minimums)
{
    /// <summary>The network topology of a group; absent for no such wish.</summary>
    [Id(3)]
    public RawJson GroupTopology { get; init; }

    /// <summary>The network topology of a role instance; absent for no such wish.</summary>
    [Id(4)]
    public RawJson RoleTopology { get; init; }

    /// <summary>Whether both want the same.</summary>
    /// <param name="other">The terms to compare with.</param>
    public bool Equals(GangTerms? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Features == other.Features
            && Queue == other.Queue
            && GroupTopology == other.GroupTopology
            && RoleTopology == other.RoleTopology
            && Minimums.AsSpan().SequenceEqual(other.Minimums.AsSpan()));

    /// <summary>A hash that agrees with <see cref="Equals(GangTerms)"/>; never used for order.</summary>
    public override int GetHashCode() => Minimums.Length;
}
