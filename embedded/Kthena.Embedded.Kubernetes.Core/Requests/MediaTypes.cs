namespace Kthena.Embedded.Kubernetes.Core.Requests;

/// <summary>The content types of the Kubernetes API.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";
    public const string JsonPatch = "application/json-patch+json";
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";
    public const string Protobuf = "application/vnd.kubernetes.protobuf";

    /// <summary>The type without parameters, in lower case.</summary>
    public static string Bare(string contentType)
    {
        int end = contentType.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? contentType : contentType[..end]).Trim().ToLowerInvariant();
    }
}
