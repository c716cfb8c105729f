namespace Kthena.Routing.Scheduling;

/// <summary>All that a pick depends on: the same input gives the same pick.</summary>
public readonly ref struct PickInput
{
    /// <summary>The endpoints, in the snapshot's order.</summary>
    public required ReadOnlySpan<EndpointObservation> Endpoints { get; init; }

    /// <summary>How many blocks the prompt has.</summary>
    public required int PromptBlocks { get; init; }

    /// <summary>What is known to speak against nobody, so that nobody need look for it. Nothing while nobody has looked.</summary>
    internal EndpointTraits Absent { get; init; }

    /// <summary>Decides between equals.</summary>
    public required ulong Seed { get; init; }
}
