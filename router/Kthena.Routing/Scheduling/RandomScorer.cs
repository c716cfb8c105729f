namespace Kthena.Routing.Scheduling;

/// <summary><c>random</c>: scores that depend on nothing but the pick's seed.</summary>
public sealed class RandomScorer : IEndpointScorer
{
    /// <inheritdoc/>
    public string Name => "random";

    /// <inheritdoc/>
    public void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores)
    {
        for (int index = 0; index < candidates.Length; index++)
            scores[index] = (Chance.Mix(input.Seed ^ ((ulong)candidates[index] << 32)) >> 40) / (float)(1 << 24);
    }
}
