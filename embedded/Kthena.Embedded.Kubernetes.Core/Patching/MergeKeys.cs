using System.Collections.Frozen;

namespace Kthena.Embedded.Kubernetes.Core.Patching;

/// <summary>
/// The lists of built-in objects that a strategic merge patch merges item by item, and the member that tells items
/// apart (Kubernetes' <c>patchMergeKey</c>). A path has member names only; items of lists add nothing to it. Lists of
/// plain values that merge as sets have an empty key.
/// </summary>
internal static class MergeKeys
{
    private static readonly FrozenDictionary<string, string> ByPath = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["metadata.ownerReferences"] = "uid",
        ["metadata.finalizers"] = "",
        ["secrets"] = "name",
        ["imagePullSecrets"] = "name",
        ["spec.podCIDRs"] = "",
        ["spec.ports"] = "port",
        ["status.conditions"] = "type",
        ["status.addresses"] = "type",
        ["status.podIPs"] = "ip",
        ["status.hostIPs"] = "ip",
        ["spec.finalizers"] = "",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> InPodSpec = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["containers"] = "name",
        ["initContainers"] = "name",
        ["ephemeralContainers"] = "name",
        ["containers.ports"] = "containerPort",
        ["initContainers.ports"] = "containerPort",
        ["containers.env"] = "name",
        ["initContainers.env"] = "name",
        ["containers.volumeMounts"] = "mountPath",
        ["initContainers.volumeMounts"] = "mountPath",
        ["containers.volumeDevices"] = "devicePath",
        ["initContainers.volumeDevices"] = "devicePath",
        ["volumes"] = "name",
        ["imagePullSecrets"] = "name",
        ["hostAliases"] = "ip",
        ["topologySpreadConstraints"] = "topologyKey",
        ["schedulingGates"] = "name",
        ["resourceClaims"] = "name",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The merge key of the list at a path; null when the list is replaced whole.</summary>
    public static string? Of(string path)
    {
        if (ByPath.TryGetValue(path, out string? key))
            return key;
        const string template = "spec.template.spec.";
        const string pod = "spec.";
        if (path.StartsWith(template, StringComparison.Ordinal))
            return InPodSpec.GetValueOrDefault(path[template.Length..]);
        return path.StartsWith(pod, StringComparison.Ordinal) ? InPodSpec.GetValueOrDefault(path[pod.Length..]) : null;
    }
}
