namespace Kthena.Model.Serving;

/// <summary>One role of a revision, with the replicas that it has now.</summary>
/// <param name="Name">The role's name.</param>
/// <param name="Replicas">Role instances in each group; not part of the revision.</param>
/// <param name="TemplateHash">The hash of this one role.</param>
/// <param name="Json">The role as the revision holds it.</param>
[GenerateSerializer, Immutable, Alias("kthena.RoleDefinition")]
public sealed record RoleDefinition(
    [property: Id(0)] string Name,
    [property: Id(1)] int Replicas,
    [property: Id(2)] string TemplateHash,
    [property: Id(3)] RawJson Json);
