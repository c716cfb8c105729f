using System.Globalization;
using System.Text.Json.Nodes;

namespace Kthena.Planning.Tests.Takeover;

/// <summary>
/// Objects as volcano-sh/kthena leaves them: the names, labels, environment and revision texts that its releases write. Two roles,
/// two groups; prefill has two instances of an entry and a worker, decode one pod.
/// </summary>
internal sealed class UpstreamObjects(string servingUid, string ns = "ns", string ms = "ms")
{
    /// <summary>A hash in upstream's alphabet; its input cannot be had here.</summary>
    public const string Revision = "6d5f8b9c7";

    public const int Groups = 2;

    private const string Prefix = "modelserving.volcano.sh/";

    /// <summary>The spec as a user applied it, with what the API server's schema adds.</summary>
    public static JsonObject Spec(string extra = "") => JsonNode.Parse($$"""
        {
          "replicas": {{Groups}}, "schedulerName": "volcano", "recoveryPolicy": "RoleRecreate", {{extra}}
          "template": { "restartGracePeriodSeconds": 0, "roles": [
            { "name": "prefill", "replicas": 2, "workerReplicas": 1, "maxUnavailable": 1,
              "entryTemplate": {
                "metadata": { "labels": { "app": "demo" }, "annotations": {} },
                "spec": {
                  "hostNetwork": false, "terminationGracePeriodSeconds": 0,
                  "containers": [ {
                    "name": "engine", "image": "vllm:1", "command": [], "stdin": false,
                    "env": [ { "name": "MODE", "value": "prefill" }, { "name": "EMPTY", "value": "" } ],
                    "ports": [ { "containerPort": 8000, "protocol": "TCP" } ],
                    "resources": { "limits": { "cpu": "4000m", "memory": "16Gi" }, "requests": { "cpu": "0.5", "memory": "1024Mi" } },
                    "readinessProbe": { "httpGet": { "path": "/health", "port": 8000 }, "initialDelaySeconds": 0 },
                    "volumeMounts": [ { "name": "shm", "mountPath": "/dev/shm", "readOnly": false } ] } ],
                  "volumes": [ { "name": "shm", "emptyDir": { "medium": "Memory", "sizeLimit": "2048Mi" } } ] } },
              "workerTemplate": { "spec": { "containers": [ { "name": "engine", "image": "vllm:1", "resources": {} } ] } } },
            { "name": "decode", "replicas": 1, "workerReplicas": 0, "maxUnavailable": 1,
              "entryTemplate": { "spec": { "containers": [ { "name": "engine", "image": "vllm:1" } ] } } } ] }
        }
        """)!.AsObject();

    /// <summary>The ControllerRevision: the roles as types with omitted zeros write them, quantities in their canonical form.</summary>
    /// <param name="isBare">Whether the data is a list, as old releases wrote it, not an object that holds one.</param>
    /// <param name="image">The image that it holds.</param>
    public JsonObject ControllerRevision(bool isBare = false, string image = "vllm:1")
    {
        JsonNode roles = JsonNode.Parse($$"""
            [ { "name": "prefill", "replicas": 2,
                "entryTemplate": {
                  "metadata": { "labels": { "app": "demo" } },
                  "spec": {
                    "volumes": [ { "name": "shm", "emptyDir": { "medium": "Memory", "sizeLimit": "2Gi" } } ],
                    "containers": [ {
                      "name": "engine", "image": "{{image}}",
                      "ports": [ { "containerPort": 8000, "protocol": "TCP" } ],
                      "env": [ { "name": "MODE", "value": "prefill" }, { "name": "EMPTY" } ],
                      "resources": { "limits": { "cpu": "4", "memory": "16Gi" }, "requests": { "cpu": "500m", "memory": "1Gi" } },
                      "volumeMounts": [ { "name": "shm", "mountPath": "/dev/shm" } ],
                      "readinessProbe": { "httpGet": { "path": "/health", "port": 8000 } } } ],
                    "terminationGracePeriodSeconds": 0 } },
                "workerReplicas": 1,
                "workerTemplate": { "spec": { "containers": [ { "name": "engine", "image": "{{image}}", "resources": {} } ] } } },
              { "name": "decode", "replicas": 1,
                "entryTemplate": { "spec": { "containers": [ { "name": "engine", "image": "{{image}}", "resources": {} } ] } },
                "workerReplicas": 0 } ]
            """)!;
        JsonObject json = Owned("apps/v1", "ControllerRevision", $"{ms}-{Revision}", new JsonObject
        {
            [Prefix + "name"] = ms,
            [Prefix + "revision"] = Revision,
        });
        json["data"] = isBare ? roles : new JsonObject { ["data"] = roles };
        json["revision"] = 1;
        return json;
    }

    /// <summary>The status as the old controller left it at a generation.</summary>
    public static JsonObject Status(int generation) => new()
    {
        ["observedGeneration"] = generation,
        ["replicas"] = Groups,
        ["currentReplicas"] = Groups,
        ["updatedReplicas"] = Groups,
        ["availableReplicas"] = Groups,
        ["currentRevision"] = Revision,
        ["updateRevision"] = Revision,
        ["labelSelector"] = $"{Prefix}entry=true,{Prefix}name=ms,{Prefix}role-id=prefill-0,{Prefix}role=prefill",
        ["conditions"] = new JsonArray(new JsonObject
        {
            ["type"] = "Available",
            ["status"] = "True",
            ["reason"] = "AllGroupsReady",
            ["message"] = "All Serving groups are ready",
            ["lastTransitionTime"] = "2026-01-01T00:00:00Z",
        }),
    };

    /// <summary>The pods.</summary>
    /// <param name="hasRoleHash">Whether they were made by a release that labels them with the hash of their role.</param>
    /// <param name="isGang">Whether Volcano was there.</param>
    public IEnumerable<JsonObject> Pods(bool hasRoleHash, bool isGang)
    {
        foreach ((int group, string role, int instance, int workers) in Instances())
        {
            for (int index = 0; index <= workers; index++)
                yield return Pod(group, role, instance, index, workers, hasRoleHash, isGang);
        }
    }

    /// <summary>The headless Services: one for each role instance that has a worker template.</summary>
    public IEnumerable<JsonObject> Services()
    {
        foreach ((int group, string role, int instance, int workers) in Instances().Where(static one => one.Workers > 0))
        {
            JsonObject json = Owned("v1", "Service", $"{ms}-{group}-{role}-{instance}-0", InstanceLabels(group, role, instance));
            JsonObject selector = InstanceLabels(group, role, instance);
            selector.Remove(Prefix + "name");
            selector[Prefix + "entry"] = "true";
            json["spec"] = new JsonObject { ["clusterIP"] = "None", ["publishNotReadyAddresses"] = true, ["selector"] = selector };
            yield return json;
        }
    }

    /// <summary>The PodGroups, where Volcano was there: members and resources of the whole group, a sub-group for each role.</summary>
    public IEnumerable<JsonObject> PodGroups()
    {
        for (int group = 0; group < Groups; group++)
        {
            string name = $"{ms}-{group}";
            JsonObject json = Owned("scheduling.volcano.sh/v1beta1", "PodGroup", name, new JsonObject
            {
                [Prefix + "name"] = ms,
                [Prefix + "group-name"] = name,
            });
            json["metadata"]!["ownerReferences"]![0]!.AsObject().Remove("blockOwnerDeletion");
            json["metadata"]!["annotations"] = new JsonObject { ["scheduling.k8s.io/group-name"] = name };
            json["spec"] = new JsonObject
            {
                ["minMember"] = 5,
                ["minResources"] = new JsonObject { ["cpu"] = "1", ["memory"] = "2Gi" },
                ["subGroupPolicy"] = new JsonArray(SubGroup("prefill", size: 2, least: 2), SubGroup("decode", size: 1, least: 1)),
            };
            yield return json;
        }
    }

    private JsonObject SubGroup(string role, int size, int least) => new()
    {
        ["name"] = role,
        ["labelSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { [Prefix + "name"] = ms, [Prefix + "role"] = role } },
        ["matchLabelKeys"] = new JsonArray(Prefix + "role-id"),
        ["subGroupSize"] = size,
        ["minSubGroups"] = least,
    };

    private static IEnumerable<(int Group, string Role, int Instance, int Workers)> Instances()
    {
        for (int group = 0; group < Groups; group++)
        {
            yield return (group, "prefill", 0, 1);
            yield return (group, "prefill", 1, 1);
            yield return (group, "decode", 0, 0);
        }
    }

    private JsonObject Pod(int group, string role, int instance, int index, int workers, bool hasRoleHash, bool isGang)
    {
        JsonObject labels = InstanceLabels(group, role, instance);
        labels[Prefix + "revision"] = Revision;
        if (hasRoleHash)
            labels[Prefix + "role-template-hash"] = role == "prefill" ? "5f7d9c86b" : "84c6f9d7b";
        if (index == 0)
            labels[Prefix + "entry"] = "true";
        if (role == "prefill" && index == 0)
            labels["app"] = "demo";
        string entry = $"{ms}-{group}-{role}-{instance}-0";
        JsonObject json = Owned("v1", "Pod", $"{ms}-{group}-{role}-{instance}-{index}", labels);
        if (isGang)
        {
            json["metadata"]!["annotations"] = new JsonObject
            {
                ["scheduling.k8s.io/group-name"] = $"{ms}-{group}",
                ["volcano.sh/task-spec"] = $"{role}-{instance}",
            };
        }
        json["spec"] = new JsonObject
        {
            ["schedulerName"] = "volcano",
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "engine",
                ["image"] = "vllm:1",
                ["env"] = new JsonArray(
                    Variable("GROUP_SIZE", (workers + 1).ToString(CultureInfo.InvariantCulture)),
                    Variable("ENTRY_ADDRESS", $"{entry}.{ns}"),
                    Variable("WORKER_INDEX", index.ToString(CultureInfo.InvariantCulture))),
            }),
        };
        return json;
    }

    private static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    private JsonObject InstanceLabels(int group, string role, int instance) => new()
    {
        [Prefix + "name"] = ms,
        [Prefix + "group-name"] = $"{ms}-{group}",
        [Prefix + "role"] = role,
        [Prefix + "role-id"] = $"{role}-{instance}",
    };

    private JsonObject Owned(string apiVersion, string kind, string name, JsonObject labels) => new()
    {
        ["apiVersion"] = apiVersion,
        ["kind"] = kind,
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = ns,
            ["labels"] = labels,
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "workload.serving.volcano.sh/v1alpha1",
                ["kind"] = "ModelServing",
                ["name"] = ms,
                ["uid"] = servingUid,
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            }),
        },
    };
}
