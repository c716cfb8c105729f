using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Grains.Facts;

/// <summary>The role instances of which the cache holds anything.</summary>
internal static class RoleInstances
{
    /// <summary>Those that an index files under a key, once for each of their pods and Services.</summary>
    /// <param name="facts">The cache.</param>
    /// <param name="index">The index.</param>
    /// <param name="key">The key.</param>
    public static IEnumerable<RoleKey> In(IClusterFacts facts, FactIndex index, string key) =>
        facts.List<Pod>(index, key).Select(static pod => pod.Metadata)
            .Concat(facts.List<Service>(index, key).Select(static service => service.Metadata))
            .Select(static metadata => RoleKey.FromLabels(metadata.Namespace, metadata.Labels))
            .OfType<RoleKey>();

    /// <summary>Whether the cache holds anything of one.</summary>
    /// <param name="facts">The cache.</param>
    /// <param name="role">The role instance.</param>
    public static bool Has(IClusterFacts facts, RoleKey role) => In(facts, FactIndex.RoleInstance, FactKeys.RoleInstance(role)).Any();
}
