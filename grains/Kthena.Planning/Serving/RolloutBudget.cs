using System.Collections.Immutable;

namespace Kthena.Planning.Serving;

/// <summary>What a rollout may take at once.</summary>
internal static class RolloutBudget
{
    /// <summary>
    /// The first candidates that the budget lets go. Those that do not run cost availability nothing, so that old ones that
    /// are broken never block; running ones go only while there are spare ones.
    /// </summary>
    /// <param name="candidates">Those not running first.</param>
    /// <param name="isRunning">Whether one runs.</param>
    /// <param name="budget">How many may be in replacement, less those that are.</param>
    /// <param name="spare">How many more run than must.</param>
    public static ImmutableArray<T> Pick<T>(IEnumerable<T> candidates, Func<T, bool> isRunning, int budget, int spare)
    {
        var chosen = ImmutableArray.CreateBuilder<T>();
        foreach (T candidate in candidates)
        {
            if (chosen.Count >= budget || (isRunning(candidate) && spare-- <= 0))
                break;
            chosen.Add(candidate);
        }
        return chosen.ToImmutable();
    }
}
