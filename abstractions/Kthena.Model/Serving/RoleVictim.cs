using System.Collections.Immutable;

namespace Kthena.Model.Serving;

/// <summary>A role instance that a recorded step takes away. Compared by content.</summary>
/// <param name="Role">The role's name.</param>
/// <param name="Ordinal">The instance's ordinal.</param>
/// <param name="Uids">The pods to delete, by UID.</param>
[GenerateSerializer, Immutable, Alias("kthena.RoleVictim")]
public sealed record RoleVictim(
    [property: Id(0)] string Role,
    [property: Id(1)] int Ordinal,
    [property: Id(2)] ImmutableArray<string> Uids)
{
    /// <summary>Whether both name the same pods.</summary>
    /// <param name="other">The victim to compare with.</param>
    public bool Equals(RoleVictim? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Role == other.Role
            && Ordinal == other.Ordinal
            && Uids.AsSpan().SequenceEqual(other.Uids.AsSpan()));

    /// <summary>A hash that agrees with <see cref="Equals(RoleVictim)"/>; never used for order.</summary>
    public override int GetHashCode() => Ordinal;
}
