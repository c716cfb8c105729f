using System.Collections.Immutable;
using System.Net;
using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Benchmarks;

/// <summary>A cluster in which nothing changes.</summary>
/// <param name="objects">Its objects.</param>
internal sealed class FixedFacts(ImmutableArray<object> objects) : IClusterFacts
{
    /// <summary>The labels of the pods of <see cref="Pod"/>.</summary>
    public static LabelSet PodLabels { get; } = LabelSet.Of(("app", "x"));

    public bool HasSynced => true;

    /// <summary>A ready pod in the default namespace.</summary>
    /// <param name="index">Tells it from the others.</param>
    /// <param name="address">Its address.</param>
    public static Pod Pod(int index, IPAddress address) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = $"pod-{index}", Uid = $"uid-{index}", Labels = PodLabels },
        Phase = "Running",
        PodIP = address.ToString(),
        Conditions = [new Condition("Ready", "True")],
    };

    public long ObservedVersion(ResourceKind kind) => 1;

    public T? Find<T>(NamespacedName key)
        where T : class, IKubernetesResource<T> => List<T>().FirstOrDefault(item => item.Metadata.Key == key);

    public ImmutableArray<T> List<T>()
        where T : class, IKubernetesResource<T> => [.. objects.OfType<T>()];

    public ImmutableArray<T> List<T>(FactIndex index, string key)
        where T : class, IKubernetesResource<T> => [.. List<T>().Where(item => FactKeys.Of(index, item.Metadata) == key)];
}
