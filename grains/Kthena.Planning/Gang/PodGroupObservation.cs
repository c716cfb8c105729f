using Kthena.Model.Resources;

namespace Kthena.Planning.Gang;

/// <summary>What is seen of a group's PodGroup.</summary>
/// <param name="OwnerUid">The UID of the live ModelServing; null when it is gone or going.</param>
/// <param name="PodGroup">The object of the PodGroup's name, whoever owns it; null when there is none.</param>
public sealed record PodGroupObservation(string? OwnerUid, PodGroup? PodGroup)
{
    /// <summary>Why the API server refused the last write; empty when it did not.</summary>
    public string Refusal { get; init; } = "";
}
