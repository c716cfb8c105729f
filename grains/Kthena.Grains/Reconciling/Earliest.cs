namespace Kthena.Grains.Reconciling;

/// <summary>Chooses among appointments that may be absent.</summary>
internal static class Earliest
{
    /// <summary>The earlier one; null when both are absent.</summary>
    public static TimeSpan? Of(TimeSpan? one, TimeSpan? other) =>
        one is { } first && other is { } second ? (first < second ? first : second) : one ?? other;
}
