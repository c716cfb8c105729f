using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Grains.Facts;

/// <summary>
/// What this silo knows of the cluster: synchronous reads of its informers' caches. It may be behind the API server;
/// <see cref="ObservedVersion"/> says how far it has come.
/// </summary>
public interface IClusterFacts
{
    /// <summary>Whether every kind was listed at least once, or is known to be missing. Before that, absence means nothing.</summary>
    bool HasSynced { get; }

    /// <summary>The newest version of the kind that the cache reflects; 0 before the first list. Never goes back.</summary>
    /// <param name="kind">The kind.</param>
    long ObservedVersion(ResourceKind kind);

    /// <summary>Whether the API server serves a kind that it may lack. A kind that it lacks has no objects.</summary>
    /// <param name="kind">The kind.</param>
    bool IsServed(ResourceKind kind) => true;

    /// <summary>One object, or null when the cache does not hold it.</summary>
    /// <typeparam name="T">The kind's view.</typeparam>
    /// <param name="key">The object.</param>
    T? Find<T>(NamespacedName key)
        where T : class, IKubernetesResource<T>;

    /// <summary>All objects of a kind, ascending by namespace and name.</summary>
    /// <typeparam name="T">The kind's view.</typeparam>
    ImmutableArray<T> List<T>()
        where T : class, IKubernetesResource<T>;

    /// <summary>The objects of a kind that an index files under a key, ascending by namespace and name.</summary>
    /// <typeparam name="T">The kind's view.</typeparam>
    /// <param name="index">The index.</param>
    /// <param name="key">The key, as <see cref="FactKeys"/> writes it.</param>
    ImmutableArray<T> List<T>(FactIndex index, string key)
        where T : class, IKubernetesResource<T>;
}
