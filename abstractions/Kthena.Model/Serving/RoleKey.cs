using System.Globalization;

namespace Kthena.Model.Serving;

/// <summary>The identity of one role instance, written <c>namespace/ms/g/role/r</c> as a grain key.</summary>
/// <param name="Group">The group.</param>
/// <param name="Role">The role's name.</param>
/// <param name="Ordinal">The instance's ordinal within the role, 0 and up.</param>
[GenerateSerializer, Immutable, Alias("kthena.RoleKey")]
public readonly record struct RoleKey(
    [property: Id(0)] GroupKey Group,
    [property: Id(1)] string Role,
    [property: Id(2)] int Ordinal)
{
    /// <summary>The role instance's id, <c>role-r</c>.</summary>
    public string RoleId => string.Create(CultureInfo.InvariantCulture, $"{Role}-{Ordinal}");

    /// <summary>The name of a pod: 0 is the entry pod, whose name is also the Service's.</summary>
    /// <param name="index">0 for the entry pod, 1 and up for workers.</param>
    public string PodName(int index) => string.Create(CultureInfo.InvariantCulture, $"{Group.Name}-{RoleId}-{index}");

    /// <summary>Reads a grain key.</summary>
    /// <param name="text"><c>namespace/ms/g/role/r</c>.</param>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static RoleKey Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length == 5 && ServingOrdinal.TryParse(parts[2], out int group) && ServingOrdinal.TryParse(parts[4], out int ordinal))
            return new RoleKey(new GroupKey(new NamespacedName(parts[0], parts[1]), group), parts[3], ordinal);
        throw new FormatException($"'{text}' is not of the form namespace/name/group/role/ordinal.");
    }

    /// <summary>The role instance that an object's labels name, or null when they name none.</summary>
    /// <param name="ns">The object's namespace.</param>
    /// <param name="labels">The object's labels.</param>
    public static RoleKey? FromLabels(string ns, LabelSet labels) =>
        labels[ServingLabels.Name] is { Length: > 0 } name
        && ServingOrdinal.Suffix(labels[ServingLabels.GroupName], name) is { } group
        && labels[ServingLabels.Role] is { Length: > 0 } role
        && ServingOrdinal.Suffix(labels[ServingLabels.RoleId], role) is { } ordinal
            ? new RoleKey(new GroupKey(new NamespacedName(ns, name), group), role, ordinal)
            : null;

    /// <summary>The grain key.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Group}/{Role}/{Ordinal}");
}
