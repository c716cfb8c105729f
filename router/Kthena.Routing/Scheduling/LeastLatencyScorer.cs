namespace Kthena.Routing.Scheduling;

/// <summary>
/// <c>least-latency</c>: time to the first token and time per token between the slowest (0) and the fastest (1) candidate. One
/// that was never measured gets a half and does not count for the others: it is neither the fastest nor the slowest.
/// </summary>
/// <param name="firstTokenWeight">The share of the first token, 0 to 1; upstream's <c>TTFTTPOTWeightFactor</c>.</param>
public sealed class LeastLatencyScorer(float firstTokenWeight = 0.5f) : IEndpointScorer
{
    /// <inheritdoc/>
    public string Name => "least-latency";

    /// <inheritdoc/>
    public void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores)
    {
        ReadOnlySpan<EndpointObservation> endpoints = input.Endpoints;
        (float firstMin, float firstMax, float nextMin, float nextMax) = (float.MaxValue, 0, float.MaxValue, 0);
        foreach (int candidate in candidates)
        {
            ref readonly EndpointObservation endpoint = ref endpoints[candidate];
            if (!IsMeasured(endpoint))
                continue;
            firstMin = Math.Min(firstMin, endpoint.TimeToFirstToken);
            firstMax = Math.Max(firstMax, endpoint.TimeToFirstToken);
            nextMin = Math.Min(nextMin, endpoint.TimePerOutputToken);
            nextMax = Math.Max(nextMax, endpoint.TimePerOutputToken);
        }
        (float firstScale, float nextScale) = (Scale(firstMin, firstMax), Scale(nextMin, nextMax));
        for (int index = 0; index < candidates.Length; index++)
        {
            ref readonly EndpointObservation endpoint = ref endpoints[candidates[index]];
            scores[index] = IsMeasured(endpoint)
                ? (firstTokenWeight * Place(endpoint.TimeToFirstToken, firstMax, firstScale))
                    + ((1 - firstTokenWeight) * Place(endpoint.TimePerOutputToken, nextMax, nextScale))
                : 0.5f;
        }
    }

    private static bool IsMeasured(in EndpointObservation endpoint) => endpoint is { TimeToFirstToken: > 0, TimePerOutputToken: > 0 };

    private static float Scale(float min, float max) => max - min > 1e-30f ? 1 / (max - min) : 0;

    /// <summary>Where all are alike, all are the fastest.</summary>
    private static float Place(float value, float max, float scale) => scale > 0 ? (max - value) * scale : 1;
}
