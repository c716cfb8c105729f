using System.Collections.Immutable;

namespace Kthena.Kubernetes.Core;

/// <summary>One page of a list.</summary>
/// <typeparam name="T">The view of an item.</typeparam>
/// <param name="Items">The items that could be read.</param>
/// <param name="ResourceVersion">The version at which the list was taken; a watch starts there.</param>
/// <param name="Continue">The token of the next page; null on the last.</param>
public sealed record KubernetesList<T>(ImmutableArray<T> Items, string ResourceVersion, string? Continue)
{
    /// <summary>Why items are missing from <see cref="Items"/>: one line for each that the view could not read.</summary>
    public ImmutableArray<string> Unreadable { get; init; } = [];
}
