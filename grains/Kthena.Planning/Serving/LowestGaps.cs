namespace Kthena.Planning.Serving;

/// <summary>Chooses ordinals for what is created.</summary>
internal static class LowestGaps
{
    /// <summary>The lowest ordinals in [0, limit) that are not taken, without walking further than needed.</summary>
    /// <param name="taken">The ordinals in use, those being deleted included.</param>
    /// <param name="limit">The desired count.</param>
    /// <param name="count">How many are wanted at most.</param>
    public static IEnumerable<int> In(IReadOnlySet<int> taken, int limit, int count)
    {
        for (int ordinal = 0; ordinal < limit && count > 0; ordinal++)
        {
            if (taken.Contains(ordinal))
                continue;
            count--;
            yield return ordinal;
        }
    }
}
