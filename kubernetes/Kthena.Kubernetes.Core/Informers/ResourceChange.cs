namespace Kthena.Kubernetes.Core;

/// <summary>What happened to an object.</summary>
public enum ResourceChangeKind
{
    /// <summary>It came into the cache.</summary>
    Added,

    /// <summary>It has another version.</summary>
    Modified,

    /// <summary>It is gone, or no longer matches the selector.</summary>
    Deleted,
}

/// <summary>One change of an informer's cache.</summary>
/// <typeparam name="T">The view.</typeparam>
/// <param name="Kind">What happened.</param>
/// <param name="Old">The state before; null when added.</param>
/// <param name="New">The state after; null when deleted.</param>
/// <param name="Version">The version at which it happened; for a deletion found by a new list, that list's.</param>
public sealed record ResourceChange<T>(ResourceChangeKind Kind, T? Old, T? New, ulong Version)
    where T : class
{
    /// <summary>The newest state that is known: <see cref="New"/>, or <see cref="Old"/> of a deleted object.</summary>
    public T Latest => New ?? Old!;
}
