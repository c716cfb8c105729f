using System.Collections.Immutable;

namespace Kthena.Routing.Scheduling;

/// <summary>All that a pick depends on: the same input gives the same pick.</summary>
public readonly ref struct PickInput
{
    /// <summary>The endpoints, in the snapshot's order.</summary>
    public required ReadOnlySpan<EndpointObservation> Endpoints { get; init; }

    /// <summary>Whom the pick is among: indices into <see cref="Endpoints"/>, ascending. Default: everybody.</summary>
    public ImmutableArray<int> Among { get; init; }

    /// <summary>How many blocks the prompt has.</summary>
    public required int PromptBlocks { get; init; }

    /// <summary>What is known to speak against nobody, so that nobody need look for it. Nothing while nobody has looked.</summary>
    internal EndpointTraits Absent { get; init; }

    /// <summary>Decides between equals.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How many the pick is among.</summary>
    public int Count => Among.IsDefault ? Endpoints.Length : Among.Length;

    /// <summary>Begins with everybody that the pick is among.</summary>
    /// <param name="candidates">Receives their indices; <see cref="Count"/> long.</param>
    public void Fill(Span<int> candidates)
    {
        if (!Among.IsDefault)
        {
            Among.CopyTo(candidates);
            return;
        }
        for (int index = 0; index < candidates.Length; index++)
            candidates[index] = index;
    }
}
