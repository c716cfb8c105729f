using Orleans;

namespace Kthena.Model.Serving;

/// <summary>A role at a revision that some instances of the group still have, or that missing ones are built at.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Role">The role at that revision.</param>
/// <param name="FillBelow">Missing instances of a lower ordinal are built at this revision; 0 for none.</param>
[GenerateSerializer, Immutable, Alias("kthena.OlderRole")]
public sealed record OlderRole(
    [property: Id(0)] string Revision,
    [property: Id(1)] RoleDefinition Role,
    [property: Id(2)] int FillBelow);
