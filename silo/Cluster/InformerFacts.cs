using System.Collections.Immutable;
using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Silo.Cluster;

/// <summary>The facts as this silo's informers have them.</summary>
/// <param name="informers">The informers.</param>
internal sealed class InformerFacts(InformerSet informers) : IClusterFacts
{
    public bool HasSynced => informers.HasSynced;

    public long ObservedVersion(ResourceKind kind) => (long)informers.VersionOf(kind);

    public bool IsServed(ResourceKind kind) => informers.IsServed(kind);

    public T? Find<T>(NamespacedName key)
        where T : class, IKubernetesResource<T> => informers.Of<T>().Snapshot.Find(key);

    public ImmutableArray<T> List<T>()
        where T : class, IKubernetesResource<T> => [.. informers.Of<T>().Snapshot.Items];

    public ImmutableArray<T> List<T>(FactIndex index, string key)
        where T : class, IKubernetesResource<T> => informers.Of<T>().Snapshot.Select(index.ToString(), key);
}
