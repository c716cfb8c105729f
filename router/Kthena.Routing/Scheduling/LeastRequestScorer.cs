namespace Kthena.Routing.Scheduling;

/// <summary>
/// <c>least-request</c>: 1 for an idle endpoint, a half at <see cref="HalfAt"/> requests in flight. It is absolute, unlike
/// upstream's, where one request more than the others costs an endpoint its whole score and with it any prefix.
/// </summary>
public sealed class LeastRequestScorer : IEndpointScorer
{
    /// <summary>How many requests in flight halve the score.</summary>
    public const int HalfAt = 8;

    /// <inheritdoc/>
    public string Name => "least-request";

    /// <inheritdoc/>
    public void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores)
    {
        ReadOnlySpan<EndpointObservation> endpoints = input.Endpoints;
        for (int index = 0; index < candidates.Length; index++)
            scores[index] = (float)HalfAt / (HalfAt + Math.Max(0, endpoints[candidates[index]].InFlight));
    }
}
