namespace Kthena.Model;

/// <summary>The identity of a namespaced object, written <c>namespace/name</c> in logs, keys and access logs.</summary>
/// <param name="Namespace">The namespace; never empty for a namespaced object.</param>
/// <param name="Name">The object's name inside the namespace.</param>
[GenerateSerializer, Immutable, Alias("kthena.NamespacedName")]
public readonly record struct NamespacedName(
    [property: Id(0)] string Namespace,
    [property: Id(1)] string Name) : IComparable<NamespacedName>
{
    /// <summary>Reads <c>namespace/name</c>.</summary>
    /// <param name="text">The text; the first slash separates the two parts.</param>
    /// <exception cref="FormatException">There is no slash, or one of the parts is empty.</exception>
    public static NamespacedName Parse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == text.Length - 1)
            throw new FormatException($"'{text}' is not of the form namespace/name.");
        return new NamespacedName(text[..slash], text[(slash + 1)..]);
    }

    /// <summary>Orders by namespace, then name, both ordinal.</summary>
    /// <param name="other">The identity to compare with.</param>
    public int CompareTo(NamespacedName other)
    {
        int byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary><c>namespace/name</c>.</summary>
    public override string ToString() => $"{Namespace}/{Name}";

    /// <summary>Whether the left identity sorts before the right one.</summary>
    public static bool operator <(NamespacedName left, NamespacedName right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left identity sorts before the right one or equals it.</summary>
    public static bool operator <=(NamespacedName left, NamespacedName right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left identity sorts after the right one.</summary>
    public static bool operator >(NamespacedName left, NamespacedName right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left identity sorts after the right one or equals it.</summary>
    public static bool operator >=(NamespacedName left, NamespacedName right) => left.CompareTo(right) >= 0;
}
