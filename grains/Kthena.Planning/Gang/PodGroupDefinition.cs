using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Gang;

/// <summary>Reads from the installed definition of PodGroups what can be asked of them.</summary>
public static class PodGroupDefinition
{
    private static readonly (PodGroupFeatures Feature, string Path)[] Fields =
    [
        (PodGroupFeatures.MinTaskMember, "minTaskMember"),
        (PodGroupFeatures.Topology, "networkTopology"),
        (PodGroupFeatures.TierName, "networkTopology.highestTierName"),
        (PodGroupFeatures.SubGroups, "subGroupPolicy"),
        (PodGroupFeatures.MinSubGroups, "subGroupPolicy.minSubGroups"),
        (PodGroupFeatures.SubGroupTopology, "subGroupPolicy.networkTopology"),
    ];

    /// <summary>The definition's name.</summary>
    public static readonly NamespacedName Key = new("", ResourceKinds.PodGroup.ToString());

    /// <summary>What can be asked of PodGroups.</summary>
    /// <param name="definition">The installed definition; null when there is none.</param>
    /// <returns>Null when the API server has no PodGroups of the version that we write.</returns>
    public static PodGroupFeatures? FeaturesOf(CustomResourceDefinition? definition)
    {
        if (definition is not { Metadata.DeletionTimestamp: null } || !definition.ServedVersions.Contains(ResourceKinds.PodGroup.Version))
            return null;
        return Fields
            .Where(field => definition.Knows(field.Path))
            .Aggregate(PodGroupFeatures.None, static (features, field) => features | field.Feature);
    }
}
