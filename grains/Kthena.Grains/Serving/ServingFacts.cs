using System.Collections.Immutable;
using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Planning.Gang;

namespace Kthena.Grains.Serving;

/// <summary>What a silo's cache holds that a ModelServing's plan follows from, besides the object itself.</summary>
/// <param name="Revisions">The ControllerRevisions with its labels.</param>
/// <param name="PodGroups">The PodGroups with its labels.</param>
/// <param name="PodGroupKind">The definition of PodGroups; null where Volcano is not installed.</param>
internal readonly record struct ServingFacts(
    ImmutableArray<ControllerRevision> Revisions, ImmutableArray<PodGroup> PodGroups, CustomResourceDefinition? PodGroupKind)
{
    /// <summary>Reads the cache.</summary>
    /// <param name="facts">The cache.</param>
    /// <param name="serving">The ModelServing.</param>
    public static ServingFacts Of(IClusterFacts facts, NamespacedName serving)
    {
        string key = FactKeys.ModelServing(serving);
        return new ServingFacts(
            facts.List<ControllerRevision>(FactIndex.ModelServing, key),
            facts.List<PodGroup>(FactIndex.ModelServing, key),
            facts.Find<CustomResourceDefinition>(PodGroupDefinition.Key));
    }
}
