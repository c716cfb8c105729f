namespace Kthena.Router.Metrics;

/// <summary>The values of a series' labels, in the family's order: at most eight. A value, so that finding a series allocates nothing.</summary>
internal readonly record struct LabelValues(
    string? First = null,
    string? Second = null,
    string? Third = null,
    string? Fourth = null,
    string? Fifth = null,
    string? Sixth = null,
    string? Seventh = null,
    string? Eighth = null)
{
    public const int Max = 8;

    public string this[int index] => (index switch
    {
        0 => First,
        1 => Second,
        2 => Third,
        3 => Fourth,
        4 => Fifth,
        5 => Sixth,
        6 => Seventh,
        7 => Eighth,
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    })!;

    /// <summary>One value for each label: where samples go once a family is full.</summary>
    public static LabelValues Same(string value) => new(value, value, value, value, value, value, value, value);
}
