using System.Collections.Immutable;

namespace Kthena.Model;

/// <summary>
/// Labels, annotations or a <c>matchLabels</c> selector: pairs sorted by key (ordinal), compared by content.
/// Sorted, so that walking it is the same in every process.
/// </summary>
[GenerateSerializer, Immutable, Alias("kthena.LabelSet")]
public sealed record LabelSet
{
    /// <summary>No pairs.</summary>
    public static readonly LabelSet Empty = new(ImmutableArray<KeyValuePair<string, string>>.Empty);

    private LabelSet(ImmutableArray<KeyValuePair<string, string>> pairs) => Pairs = pairs;

    /// <summary>The pairs, ascending by key; keys are unique.</summary>
    [Id(0)]
    public ImmutableArray<KeyValuePair<string, string>> Pairs { get; }

    /// <summary>The number of pairs.</summary>
    public int Count => Pairs.Length;

    /// <summary>The value of a key, or null when the key is absent.</summary>
    /// <param name="key">The key, compared ordinally.</param>
    public string? this[string key]
    {
        get
        {
            int low = 0, high = Pairs.Length - 1;
            while (low <= high)
            {
                int middle = (low + high) >>> 1;
                int order = string.CompareOrdinal(Pairs[middle].Key, key);
                if (order == 0)
                    return Pairs[middle].Value;
                if (order < 0)
                    low = middle + 1;
                else
                    high = middle - 1;
            }
            return null;
        }
    }

    /// <summary>Builds a set; of doubled keys the last wins.</summary>
    /// <param name="pairs">The pairs in any order.</param>
    public static LabelSet From(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, string> pair in pairs)
            sorted[pair.Key] = pair.Value;
        return sorted.Count == 0 ? Empty : new LabelSet([.. sorted]);
    }

    /// <summary>Builds a set of literal pairs; of doubled keys the last wins.</summary>
    /// <param name="pairs">Key and value of each pair.</param>
    public static LabelSet Of(params ReadOnlySpan<(string Key, string Value)> pairs)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in pairs)
            sorted[key] = value;
        return sorted.Count == 0 ? Empty : new LabelSet([.. sorted]);
    }

    /// <summary>Whether every pair of <paramref name="selector"/> is here; an empty selector selects everything.</summary>
    /// <param name="selector">The required pairs, as <c>matchLabels</c>.</param>
    public bool Matches(LabelSet selector)
    {
        foreach (KeyValuePair<string, string> pair in selector.Pairs)
        {
            if (!string.Equals(this[pair.Key], pair.Value, StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    /// <summary>Whether both hold the same pairs.</summary>
    /// <param name="other">The set to compare with.</param>
    public bool Equals(LabelSet? other) =>
        other is not null && Pairs.AsSpan().SequenceEqual(other.Pairs.AsSpan());

    /// <summary>A hash that agrees with <see cref="Equals(LabelSet)"/>; never used for order.</summary>
    public override int GetHashCode() => Pairs.Length;
}
