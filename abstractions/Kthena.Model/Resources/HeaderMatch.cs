namespace Kthena.Model.Resources;

/// <summary>A predicate on the first value of one request header.</summary>
/// <param name="Name">The header's name, compared without case.</param>
/// <param name="Value">The predicate.</param>
[GenerateSerializer, Immutable, Alias("kthena.HeaderMatch")]
public sealed record HeaderMatch([property: Id(0)] string Name, [property: Id(1)] StringMatch Value);
