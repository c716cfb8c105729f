using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Grains.Facts;

/// <summary>The keys of the indexes: the one place that both the caches and the grains take them from.</summary>
public static class FactKeys
{
    /// <summary>The key of <see cref="FactIndex.ModelServing"/>.</summary>
    /// <param name="serving">The ModelServing.</param>
    public static string ModelServing(NamespacedName serving) => serving.ToString();

    /// <summary>The key of <see cref="FactIndex.ServingGroup"/>.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="groupName">The group's name, <c>ms-g</c>.</param>
    public static string ServingGroup(string ns, string groupName) => $"{ns}/{groupName}";

    /// <summary>The key of <see cref="FactIndex.ServingGroup"/>.</summary>
    /// <param name="group">The group.</param>
    public static string ServingGroup(GroupKey group) => ServingGroup(group.Serving.Namespace, group.Name);

    /// <summary>The key of <see cref="FactIndex.RoleInstance"/>.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="groupName">The group's name, <c>ms-g</c>.</param>
    /// <param name="role">The role's name.</param>
    /// <param name="roleId">The role instance, <c>role-r</c>.</param>
    public static string RoleInstance(string ns, string groupName, string role, string roleId) => $"{ns}/{groupName}/{role}/{roleId}";

    /// <summary>The key of <see cref="FactIndex.RoleInstance"/>.</summary>
    /// <param name="role">The role instance.</param>
    public static string RoleInstance(RoleKey role) => RoleInstance(role.Group.Serving.Namespace, role.Group.Name, role.Role, role.RoleId);

    /// <summary>The key that an object is filed under, or null when it does not belong in the index.</summary>
    /// <param name="index">The index.</param>
    /// <param name="metadata">The object's metadata.</param>
    public static string? Of(FactIndex index, ObjectMeta metadata)
    {
        LabelSet labels = metadata.Labels;
        string ns = metadata.Namespace;
        return index switch
        {
            FactIndex.Namespace => ns,
            FactIndex.ModelServing => labels[ServingLabels.Name] is { } name ? ModelServing(new NamespacedName(ns, name)) : null,
            FactIndex.ServingGroup => labels[ServingLabels.GroupName] is { } group ? ServingGroup(ns, group) : null,
            FactIndex.RoleInstance => labels[ServingLabels.GroupName] is { } group
                && labels[ServingLabels.Role] is { } role
                && labels[ServingLabels.RoleId] is { } roleId
                    ? RoleInstance(ns, group, role, roleId)
                    : null,
            _ => throw new ArgumentOutOfRangeException(nameof(index), index, "Unknown index."),
        };
    }
}
