using Kthena.Model;

namespace Kthena.Plugins;

/// <summary>Labels and annotations that a ready pod should bear.</summary>
/// <param name="Labels">The labels.</param>
/// <param name="Annotations">The annotations.</param>
public sealed record PodMarks(LabelSet Labels, LabelSet Annotations)
{
    /// <summary>No marks.</summary>
    public static readonly PodMarks None = new(LabelSet.Empty, LabelSet.Empty);
}
