namespace Kthena.Planning.Serving;

/// <summary>Chooses ordinals for what is created.</summary>
internal static class LowestGaps
{
    /// <summary>
    /// How many groups, or instances of a role, may be on order without a pod. A scale that no memory could hold is built up
    /// as far as the cluster takes it.
    /// </summary>
    public const int OnOrderMax = 500;

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

    /// <summary>The ordinal that is free and has so many free ones below it.</summary>
    /// <param name="taken">The ordinals in use.</param>
    /// <param name="below">How many free ones are below.</param>
    public static int At(IEnumerable<int> taken, int below)
    {
        int ordinal = below;
        foreach (int used in taken.Order())
        {
            if (used > ordinal)
                break;
            ordinal++;
        }
        return ordinal;
    }
}
