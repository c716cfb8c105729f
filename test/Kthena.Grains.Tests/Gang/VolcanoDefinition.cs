using System.Text;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Grains.Tests.Gang;

/// <summary>A definition of PodGroups with the fields of Volcano's, as far as the control plane writes them; any spec field else is kept out.</summary>
internal static class VolcanoDefinition
{
    private const string Name = "podgroups.scheduling.volcano.sh";

    public static Task InstallAsync(KubernetesClient client, bool hasSubGroups = true) =>
        client.CreateAsync(ResourceKinds.CustomResourceDefinition, ns: null, new RawJson(Encoding.UTF8.GetBytes(Json(hasSubGroups))), CancellationToken.None);

    public static Task RemoveAsync(KubernetesClient client) =>
        client.DeleteAsync(ResourceKinds.CustomResourceDefinition, new NamespacedName("", Name), options: null, CancellationToken.None);

    private static string Json(bool hasSubGroups)
    {
        const string topology = """
            "networkTopology": { "type": "object", "properties": {
              "mode": { "type": "string", "default": "hard", "enum": [ "hard", "soft" ] },
              "highestTierAllowed": { "type": "integer" }, "highestTierName": { "type": "string" } } }
            """;
        string subGroups = !hasSubGroups ? "" : $$"""
            , "subGroupPolicy": { "type": "array", "items": { "type": "object", "properties": {
                "name": { "type": "string" }, "subGroupSize": { "type": "integer" }, "minSubGroups": { "type": "integer" },
                "matchLabelKeys": { "type": "array", "items": { "type": "string" } },
                "labelSelector": { "type": "object", "x-kubernetes-preserve-unknown-fields": true }, {{topology}} } } }
            """;
        return $$"""
            { "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": "{{Name}}" },
              "spec": { "group": "scheduling.volcano.sh", "scope": "Namespaced",
                "names": { "kind": "PodGroup", "listKind": "PodGroupList", "plural": "podgroups", "singular": "podgroup", "shortNames": [ "pg" ] },
                "versions": [ { "name": "v1beta1", "served": true, "storage": true, "subresources": { "status": {} },
                  "schema": { "openAPIV3Schema": { "type": "object", "properties": {
                    "spec": { "type": "object", "properties": {
                      "minMember": { "type": "integer" }, "queue": { "type": "string", "default": "default" }, "priorityClassName": { "type": "string" },
                      "minTaskMember": { "type": "object", "additionalProperties": { "type": "integer" } },
                      "minResources": { "type": "object", "additionalProperties": { "x-kubernetes-int-or-string": true } },
                      {{topology}} {{subGroups}} } },
                    "status": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } } } } } ] } }
            """;
    }
}
