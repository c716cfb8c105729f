namespace Kthena.Model.Serving;

/// <summary>How many instances of a role must be placed at once.</summary>
/// <param name="Role">The role's name.</param>
/// <param name="Instances">How many.</param>
[GenerateSerializer, Immutable, Alias("kthena.RoleMinimum")]
public readonly record struct RoleMinimum([property: Id(0)] string Role, [property: Id(1)] int Instances);
