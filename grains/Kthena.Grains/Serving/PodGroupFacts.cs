using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Gang;

namespace Kthena.Grains.Serving;

/// <summary>What a silo's cache holds of a group's PodGroup.</summary>
internal static class PodGroupFacts
{
    /// <summary>Reads the cache.</summary>
    /// <param name="facts">The cache.</param>
    /// <param name="group">The group.</param>
    /// <param name="gang">What is wanted of the PodGroup; null where none is wanted, and then nothing is looked for.</param>
    /// <param name="refusal">What the API server refused of it last; empty when nothing.</param>
    public static PodGroupObservation Of(IClusterFacts facts, GroupKey group, GangGoal? gang, string refusal)
    {
        if (gang is null)
            return new PodGroupObservation(null, null);
        ModelServing? owner = facts.Find<ModelServing>(group.Serving);
        return new PodGroupObservation(
            owner is { Metadata.DeletionTimestamp: null } ? owner.Metadata.Uid : null,
            facts.Find<PodGroup>(new NamespacedName(group.Serving.Namespace, group.Name)))
        {
            Refusal = refusal,
        };
    }
}
