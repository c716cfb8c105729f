using System.Globalization;

namespace Kthena.Model.Serving;

/// <summary>The identity of one ServingGroup, written <c>namespace/ms/g</c> as a grain key.</summary>
/// <param name="Serving">The ModelServing.</param>
/// <param name="Ordinal">The group's ordinal, 0 and up.</param>
[GenerateSerializer, Immutable, Alias("kthena.GroupKey")]
public readonly record struct GroupKey([property: Id(0)] NamespacedName Serving, [property: Id(1)] int Ordinal)
{
    /// <summary>The group's name, <c>ms-g</c>.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Serving.Name}-{Ordinal}");

    /// <summary>Reads a grain key.</summary>
    /// <param name="text"><c>namespace/ms/g</c>.</param>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static GroupKey Parse(string text)
    {
        int slash = text.LastIndexOf('/');
        if (slash > 0 && ServingOrdinal.TryParse(text.AsSpan(slash + 1), out int ordinal))
            return new GroupKey(NamespacedName.Parse(text[..slash]), ordinal);
        throw new FormatException($"'{text}' is not of the form namespace/name/ordinal.");
    }

    /// <summary>The group that an object's labels name, or null when they name none.</summary>
    /// <param name="ns">The object's namespace.</param>
    /// <param name="labels">The object's labels.</param>
    public static GroupKey? FromLabels(string ns, LabelSet labels) =>
        labels[ServingLabels.Name] is { Length: > 0 } name && ServingOrdinal.Suffix(labels[ServingLabels.GroupName], name) is { } group
            ? new GroupKey(new NamespacedName(ns, name), group)
            : null;

    /// <summary>The grain key.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Serving}/{Ordinal}");
}
