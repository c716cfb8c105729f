using System.Collections.Immutable;

namespace Kthena.Model.Serving;

/// <summary>What a ServingGroup tells its ModelServing. Compared by content.</summary>
/// <param name="Ordinal">The group's ordinal.</param>
/// <param name="Roles">Its role instances, ascending by role and ordinal.</param>
[GenerateSerializer, Immutable, Alias("kthena.GroupSummary")]
public sealed record GroupSummary(
    [property: Id(0)] int Ordinal,
    [property: Id(1)] ImmutableArray<RoleSummary> Roles)
{
    /// <summary>Whether it knows what is wanted of it. One that does not only looks.</summary>
    [Id(2)]
    public bool IsAssigned { get; init; }

    /// <summary>Whether it was told to go.</summary>
    [Id(3)]
    public bool IsDeleting { get; init; }

    /// <summary>Grows with every summary of one group, so that an overtaken one can be told.</summary>
    [Id(4)]
    public long Stamp { get; init; }

    /// <summary>What keeps its PodGroup from being as it should, as <c>Reason: sentence</c>; empty when nothing does.</summary>
    [Id(5)]
    public string Trouble { get; init; } = "";

    /// <summary>How far the newest cache of pods had come of which the group heard: an instance that is not named was not there then.</summary>
    [Id(6)]
    public long View { get; init; }

    /// <summary>
    /// How far the oldest cache of pods had come that any of this was seen with: nothing that happened until then is missing here. 0
    /// where that is not known.
    /// </summary>
    [Id(7)]
    public long OldestView { get; init; }

    /// <summary>Whether anything of it is in the cluster.</summary>
    public bool Exists => Roles.Any(static role => role.Exists);

    /// <summary>Whether both say the same, whenever they were made.</summary>
    /// <param name="other">The summary to compare with.</param>
    public bool SaysTheSameAs(GroupSummary? other)
    {
        if (other is null || Ordinal != other.Ordinal || IsAssigned != other.IsAssigned || IsDeleting != other.IsDeleting
            || Trouble != other.Trouble
            || Roles.Length != other.Roles.Length)
        {
            return false;
        }
        for (int i = 0; i < Roles.Length; i++)
        {
            if (!Roles[i].SaysTheSameAs(other.Roles[i]))
                return false;
        }
        return true;
    }

    /// <summary>Whether both say the same and were made at the same look.</summary>
    /// <param name="other">The summary to compare with.</param>
    public bool Equals(GroupSummary? other) => SaysTheSameAs(other) && Stamp == other!.Stamp;

    /// <summary>A hash that agrees with <see cref="Equals(GroupSummary)"/>; never used for order.</summary>
    public override int GetHashCode() => Ordinal;
}
