namespace Kthena.Routing.Scheduling;

/// <summary><c>prefix-cache</c>: the share of the prompt that an endpoint already holds.</summary>
public sealed class PrefixCacheScorer : IEndpointScorer
{
    /// <inheritdoc/>
    public string Name => "prefix-cache";

    /// <inheritdoc/>
    public void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores)
    {
        ReadOnlySpan<EndpointObservation> endpoints = input.Endpoints;
        float all = Math.Max(1, input.PromptBlocks);
        for (int index = 0; index < candidates.Length; index++)
            scores[index] = endpoints[candidates[index]].MatchedBlocks / all;
    }
}
