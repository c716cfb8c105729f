namespace Kthena.Grains.Facts;

/// <summary>By what <see cref="IClusterFacts"/> can list objects. Every kind is filed in every index that its labels allow.</summary>
public enum FactIndex
{
    /// <summary>By namespace.</summary>
    Namespace,

    /// <summary>By the ModelServing named in the labels: pods, Services and ControllerRevisions.</summary>
    ModelServing,

    /// <summary>By the ServingGroup named in the labels: pods and Services.</summary>
    ServingGroup,

    /// <summary>By the role instance named in the labels: pods and Services.</summary>
    RoleInstance,
}
