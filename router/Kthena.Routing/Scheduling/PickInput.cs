namespace Kthena.Routing.Scheduling;

/// <summary>All that a pick depends on: the same input gives the same pick.</summary>
public readonly ref struct PickInput
{
    /// <summary>The endpoints, in the snapshot's order.</summary>
    public required ReadOnlySpan<EndpointObservation> Endpoints { get; init; }

    /// <summary>How many blocks the prompt has.</summary>
    public required int PromptBlocks { get; init; }

    /// <summary>Decides between equals.</summary>
    public required ulong Seed { get; init; }
}
