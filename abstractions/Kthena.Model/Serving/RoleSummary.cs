using System.Collections.Immutable;

namespace Kthena.Model.Serving;

/// <summary>What a role instance tells its group. Compared by content.</summary>
/// <param name="Role">The role's name.</param>
/// <param name="Ordinal">The instance's ordinal.</param>
/// <param name="Phase">Where it stands.</param>
[GenerateSerializer, Immutable, Alias("kthena.RoleSummary")]
public sealed record RoleSummary(
    [property: Id(0)] string Role,
    [property: Id(1)] int Ordinal,
    [property: Id(2)] RolePhase Phase)
{
    /// <summary>The revision that its pods are labelled with; without pods the assigned one; empty when there is none.</summary>
    [Id(3)]
    public string Revision { get; init; } = "";

    /// <summary>The role's hash that its pods are labelled with; without pods the assigned one.</summary>
    [Id(4)]
    public string TemplateHash { get; init; } = "";

    /// <summary>The sum of its pods' deletion costs.</summary>
    [Id(5)]
    public long DeletionCost { get; init; }

    /// <summary>The UIDs of its pods, ascending, those being deleted included.</summary>
    [Id(6)]
    public ImmutableArray<string> PodUids { get; init; } = [];

    /// <summary>Whether its Service exists.</summary>
    [Id(7)]
    public bool HasService { get; init; }

    /// <summary>Whether it knows what is wanted of it. One that does not only looks.</summary>
    [Id(8)]
    public bool IsAssigned { get; init; }

    /// <summary>Whether it was told to go.</summary>
    [Id(9)]
    public bool IsDeleting { get; init; }

    /// <summary>Grows with every summary of one role instance, so that an overtaken one can be told.</summary>
    [Id(10)]
    public long Stamp { get; init; }

    /// <summary>What its entry pod says of the group's shape when that was last whole; empty when it says nothing.</summary>
    [Id(11)]
    public string GroupShape { get; init; } = "";

    /// <summary>How many times in a row it was rebuilt, or is about to be; each makes the next wait longer.</summary>
    [Id(12)]
    public int BackoffStep { get; init; }

    /// <summary>What keeps it from running, as <c>Reason: sentence</c>; empty when nothing is known to.</summary>
    [Id(13)]
    public string Trouble { get; init; } = "";

    /// <summary>
    /// How far the cache of pods had come that it was made from: of two activations of one instance, which one saw more. 0 where
    /// that is not known.
    /// </summary>
    [Id(14)]
    public long View { get; init; }

    /// <summary>Whether anything of it is in the cluster.</summary>
    public bool Exists => PodUids.Length > 0 || HasService;

    /// <summary>Whether both say the same, whenever they were made.</summary>
    /// <param name="other">The summary to compare with.</param>
    public bool SaysTheSameAs(RoleSummary? other) =>
        other is not null
        && Role == other.Role
        && Ordinal == other.Ordinal
        && Phase == other.Phase
        && Revision == other.Revision
        && TemplateHash == other.TemplateHash
        && DeletionCost == other.DeletionCost
        && HasService == other.HasService
        && IsAssigned == other.IsAssigned
        && IsDeleting == other.IsDeleting
        && GroupShape == other.GroupShape
        && BackoffStep == other.BackoffStep
        && Trouble == other.Trouble
        && PodUids.AsSpan().SequenceEqual(other.PodUids.AsSpan());

    /// <summary>Whether both say the same and were made at the same look.</summary>
    /// <param name="other">The summary to compare with.</param>
    public bool Equals(RoleSummary? other) => SaysTheSameAs(other) && Stamp == other!.Stamp;

    /// <summary>A hash that agrees with <see cref="Equals(RoleSummary)"/>; never used for order.</summary>
    public override int GetHashCode() => Ordinal;
}
