namespace Kthena.Routing.Scheduling;

/// <summary>Takes endpoints out of a pick. Filters run in the profile's order.</summary>
public interface IEndpointFilter
{
    /// <summary>The name that configuration and explanations use.</summary>
    string Name { get; }

    /// <summary>Narrows the candidates.</summary>
    /// <param name="input">The pick.</param>
    /// <param name="candidates">Indices into the input's endpoints; those that stay move to the front, in order.</param>
    /// <returns>How many stay.</returns>
    int Narrow(in PickInput input, Span<int> candidates);
}

/// <summary>Judges endpoints.</summary>
public interface IEndpointScorer
{
    /// <summary>The name that configuration and explanations use.</summary>
    string Name { get; }

    /// <summary>Judges every candidate.</summary>
    /// <param name="input">The pick.</param>
    /// <param name="candidates">Indices into the input's endpoints.</param>
    /// <param name="scores">Receives a score for each candidate, from 0 (worst) to 1 (best).</param>
    void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores);
}
