using System.Globalization;

namespace Kthena.Kubernetes.Core;

/// <summary>Resource versions as numbers: within one kind, a higher one is newer.</summary>
public static class ResourceVersions
{
    /// <summary>Reads a version; one that is no unsigned integer gives 0, which is older than all others.</summary>
    /// <param name="version">The text of <c>metadata.resourceVersion</c>.</param>
    public static ulong Parse(string? version) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;
}
