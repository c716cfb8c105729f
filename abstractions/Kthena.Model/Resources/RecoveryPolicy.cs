namespace Kthena.Model.Resources;

/// <summary>What is rebuilt when a pod of a ServingGroup fails.</summary>
[GenerateSerializer]
public enum RecoveryPolicy
{
    /// <summary>The role instance that the pod belongs to, whole. The default.</summary>
    RoleRecreate,

    /// <summary>The whole group.</summary>
    ServingGroupRecreate,

    /// <summary>Nothing but a pod that is gone.</summary>
    None,
}
