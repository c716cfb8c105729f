using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>Plans in words, for logs and for people who ask why.</summary>
internal static class PlanText
{
    private const int WritesShownMax = 8;

    public static string Of(IReadOnlyList<ClusterWrite> writes) => writes.Count switch
    {
        0 => "nothing to write",
        <= WritesShownMax => string.Join("; ", writes),
        _ => $"{string.Join("; ", writes.Take(WritesShownMax))}; and {writes.Count - WritesShownMax} more",
    };

    /// <summary>A text in a bounded space.</summary>
    /// <param name="text">The text.</param>
    /// <param name="lengthMax">How many characters it may have.</param>
    public static string Clip(string text, int lengthMax) => text.Length <= lengthMax ? text : $"{text[..(lengthMax - 1)]}…";
}
