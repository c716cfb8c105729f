namespace Kthena.Model.Serving;

/// <summary>What the installed definition of PodGroups knows beyond their size.</summary>
[GenerateSerializer, Flags]
public enum PodGroupFeatures
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary><c>minTaskMember</c>.</summary>
    MinTaskMember = 1,

    /// <summary><c>networkTopology</c>.</summary>
    Topology = 2,

    /// <summary><c>networkTopology.highestTierName</c>.</summary>
    TierName = 4,

    /// <summary><c>subGroupPolicy</c>.</summary>
    SubGroups = 8,

    /// <summary><c>subGroupPolicy[].minSubGroups</c>.</summary>
    MinSubGroups = 16,

    /// <summary><c>subGroupPolicy[].networkTopology</c>.</summary>
    SubGroupTopology = 32,
}
