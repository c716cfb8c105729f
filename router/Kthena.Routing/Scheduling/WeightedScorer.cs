namespace Kthena.Routing.Scheduling;

/// <summary>A scorer and how much it counts.</summary>
/// <param name="Scorer">The scorer.</param>
/// <param name="Weight">From 0; only the ratio between a profile's weights matters.</param>
public sealed record WeightedScorer(IEndpointScorer Scorer, float Weight);
