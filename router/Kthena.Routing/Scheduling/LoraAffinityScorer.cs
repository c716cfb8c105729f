namespace Kthena.Routing.Scheduling;

/// <summary><c>lora-affinity</c> as a scorer: 0 for endpoints that are known not to have loaded the adapter, else 1.</summary>
public sealed class LoraAffinityScorer : IEndpointScorer
{
    /// <inheritdoc/>
    public string Name => "lora-affinity";

    /// <inheritdoc/>
    public void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores)
    {
        for (int index = 0; index < candidates.Length; index++)
            scores[index] = (input.Endpoints[candidates[index]].Traits & EndpointTraits.LacksAdapter) == 0 ? 1 : 0;
    }
}
