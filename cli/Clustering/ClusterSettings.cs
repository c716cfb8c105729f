namespace Kthena.Cli.Clustering;

/// <summary>Which silos belong together, and how they and their clients find and trust each other.</summary>
internal sealed record ClusterSettings
{
    public const string DefaultClusterId = "kthena";

    /// <summary>Where the membership is kept; null takes <c>POD_NAMESPACE</c>, then the connection's.</summary>
    public string? Namespace { get; init; }

    /// <summary>Which silos belong together.</summary>
    public string ClusterId { get; init; } = DefaultClusterId;

    /// <summary>Every fault of these settings, one sentence each; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (ClusterId.Length is 0 or > 40 || !ClusterId.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
            || ClusterId[0] == '-' || ClusterId[^1] == '-')
        {
            yield return $"--cluster-id must be 1 to 40 lower-case letters, digits and inner hyphens, not '{ClusterId}'.";
        }
    }
}
