namespace Kthena.Routing.Scheduling;

/// <summary><c>gpu-usage</c>: the free share of the KV cache.</summary>
public sealed class GpuUsageScorer : IEndpointScorer
{
    /// <inheritdoc/>
    public string Name => "gpu-usage";

    /// <inheritdoc/>
    public void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores)
    {
        ReadOnlySpan<EndpointObservation> endpoints = input.Endpoints;
        for (int index = 0; index < candidates.Length; index++)
            scores[index] = 1 - endpoints[candidates[index]].KvUsage;
    }
}
