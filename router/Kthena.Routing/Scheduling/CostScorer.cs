namespace Kthena.Routing.Scheduling;

/// <summary>
/// <c>cost</c>: the expected wait, which is the endpoint's backlog and the prefill of what it does not hold. Prefill counts twice:
/// the request waits for it, and so does whoever comes next. The cheapest candidate gets 1, one that costs twice as much a half.
/// </summary>
public sealed class CostScorer : IEndpointScorer
{
    /// <summary>How often a second of prefill counts.</summary>
    public const float PrefillWeight = 2;

    // Below this, in seconds, costs are too small to matter.
    private const float Floor = 0.001f;

    /// <inheritdoc/>
    public string Name => "cost";

    /// <inheritdoc/>
    public void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores)
    {
        ReadOnlySpan<EndpointObservation> endpoints = input.Endpoints;
        float least = float.MaxValue;
        for (int index = 0; index < candidates.Length; index++)
        {
            ref readonly EndpointObservation endpoint = ref endpoints[candidates[index]];
            float cost = Floor + endpoint.BacklogSeconds + (PrefillWeight * endpoint.PrefillSeconds);
            scores[index] = cost;
            least = Math.Min(least, cost);
        }
        for (int index = 0; index < candidates.Length; index++)
            scores[index] = least / scores[index];
    }
}
