using System.Collections.Immutable;
using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Simulation.Routing;

/// <summary>A planted mistake: facts that never say how far they are.</summary>
internal sealed class FactsWithoutVersions(IClusterFacts inner) : IClusterFacts
{
    public bool HasSynced => inner.HasSynced;

    public long ObservedVersion(ResourceKind kind) => int.MaxValue;

    public T? Find<T>(NamespacedName key)
        where T : class, IKubernetesResource<T> => inner.Find<T>(key);

    public ImmutableArray<T> List<T>()
        where T : class, IKubernetesResource<T> => inner.List<T>();

    public ImmutableArray<T> List<T>(FactIndex index, string key)
        where T : class, IKubernetesResource<T> => inner.List<T>(index, key);
}
