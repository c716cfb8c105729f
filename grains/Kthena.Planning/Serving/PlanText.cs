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
}
