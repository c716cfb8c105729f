namespace Kthena.Embedded.Engines;

/// <summary>Which images cannot be pulled: those of a registry under <c>.invalid</c>, and tags that begin with <c>nonexistent</c>.</summary>
internal static class ImagePull
{
    /// <summary>Why an image cannot be pulled, as a container runtime says it; null for one that can.</summary>
    public static string? Problem(string image)
    {
        int slash = image.IndexOf('/', StringComparison.Ordinal);
        string host = slash > 0 ? image[..slash].Split(':')[0] : "";
        if (host.EndsWith(".invalid", StringComparison.OrdinalIgnoreCase))
            return $"failed to pull and unpack image \"{image}\": failed to resolve reference: dial tcp: lookup {host}: no such host";
        int colon = image.LastIndexOf(':');
        string tag = colon > image.LastIndexOf('/') ? image[(colon + 1)..] : "";
        return tag.StartsWith("nonexistent", StringComparison.Ordinal)
            ? $"failed to pull and unpack image \"{image}\": failed to resolve reference: {image}: not found"
            : null;
    }
}
