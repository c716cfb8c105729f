namespace Kthena.Model.Serving;

/// <summary>One plan that was made, for people who ask why.</summary>
/// <param name="Time">When it was made.</param>
/// <param name="Seen">What it was made from, in one line.</param>
/// <param name="Decided">What it asks for, in one line.</param>
/// <param name="Why">The reasons, in one line.</param>
[GenerateSerializer, Immutable, Alias("kthena.PlanRecord")]
public sealed record PlanRecord(
    [property: Id(0)] DateTimeOffset Time,
    [property: Id(1)] string Seen,
    [property: Id(2)] string Decided,
    [property: Id(3)] string Why);
