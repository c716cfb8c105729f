using Kthena.Model.Resources;

namespace Kthena.Plugins;

/// <summary>A pod that a plugin is asked about.</summary>
/// <param name="Serving">The ModelServing's metadata.</param>
/// <param name="Name">The pod's name.</param>
/// <param name="Role">The role's name.</param>
/// <param name="Index">0 for the entry pod, 1 and up for workers.</param>
public sealed record PluginPod(ObjectMeta Serving, string Name, string Role, int Index)
{
    /// <summary>The ServingGroup's name, <c>ms-g</c>.</summary>
    public required string GroupName { get; init; }

    /// <summary>The ServingGroup's ordinal.</summary>
    public required int GroupOrdinal { get; init; }

    /// <summary>The role instance, <c>role-r</c>.</summary>
    public required string RoleId { get; init; }

    /// <summary>Pods of the role instance: the entry pod and its workers.</summary>
    public int InstancePods { get; init; } = 1;

    /// <summary>The entry pod's name.</summary>
    public string EntryName { get; init; } = "";

    /// <summary>The revision that the pod is made from.</summary>
    public string Revision { get; init; } = "";

    /// <summary>Whether it is the entry pod of its role instance.</summary>
    public bool IsEntry => Index == 0;
}
