namespace Kthena.Model.Resources;

/// <summary>One resource type of the Kubernetes API, with all that a URL of it needs.</summary>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Version">The API version, such as <c>v1</c> or <c>v1alpha1</c>.</param>
/// <param name="Plural">The lower-case plural that stands in URLs.</param>
/// <param name="Kind">The kind that stands in objects.</param>
/// <param name="IsNamespaced">Whether objects live in namespaces.</param>
public sealed record ResourceKind(string Group, string Version, string Plural, string Kind, bool IsNamespaced = true)
{
    /// <summary>The <c>apiVersion</c> of objects: <c>v1</c> or <c>group/version</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The path of the collection, without a trailing slash.</summary>
    /// <param name="ns">The namespace, or null for all namespaces and for cluster-scoped kinds.</param>
    public string CollectionPath(string? ns = null)
    {
        string root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        return ns is null || !IsNamespaced ? $"{root}/{Plural}" : $"{root}/namespaces/{ns}/{Plural}";
    }

    /// <summary>The path of one object.</summary>
    /// <param name="ns">The namespace; ignored for cluster-scoped kinds.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="subresource">Such as <c>status</c> or <c>scale</c>; null for the object itself.</param>
    public string ObjectPath(string? ns, string name, string? subresource = null) =>
        subresource is null ? $"{CollectionPath(ns)}/{name}" : $"{CollectionPath(ns)}/{name}/{subresource}";

    /// <summary><c>plural.group</c>, or the plural alone for the core group.</summary>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
