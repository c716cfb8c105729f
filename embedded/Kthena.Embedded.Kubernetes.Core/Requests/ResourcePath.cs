namespace Kthena.Embedded.Kubernetes.Core.Requests;

/// <summary>What a URL below <c>/api</c> or <c>/apis</c> names.</summary>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Version">The API version.</param>
/// <param name="Namespace">The namespace; null when the URL names none.</param>
/// <param name="Plural">The resource's plural.</param>
/// <param name="Name">The object's name; null for a collection.</param>
/// <param name="Subresource">The subresource; null for the object itself.</param>
/// <param name="IsLegacyWatch">Whether the URL has the old <c>/watch/</c> segment.</param>
internal sealed record ResourcePath(
    string Group, string Version, string? Namespace, string Plural, string? Name, string? Subresource, bool IsLegacyWatch)
{
    /// <summary>Reads a path; null when it names no resource.</summary>
    public static ResourcePath? Parse(string path)
    {
        string[] parts = path.Trim('/').Split('/');
        (string group, int at) = parts switch
        {
            ["api", _, _, ..] => ("", 1),
            ["apis", string named, _, _, ..] => (named, 2),
            _ => ("", 0),
        };
        if (at == 0)
            return null;
        string version = parts[at++];
        bool isWatch = parts[at] == "watch" && at + 1 < parts.Length;
        if (isWatch)
            at++;
        string? ns = null;
        // /namespaces/NAME alone is a namespace; with a collection behind it, NAME is where the collection is.
        if (parts[at] == "namespaces" && parts.Length - at >= 3 && parts[at + 2] is not ("status" or "finalize"))
        {
            ns = parts[at + 1];
            at += 2;
        }
        string[] rest = parts[at..];
        return rest.Length > 3 && rest[2] != "proxy"
            ? null
            : new ResourcePath(group, version, ns, rest[0], rest.Length > 1 ? rest[1] : null, rest.Length > 2 ? rest[2] : null, isWatch);
    }
}
