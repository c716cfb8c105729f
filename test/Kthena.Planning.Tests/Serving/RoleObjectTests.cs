using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.Serving;

/// <summary>Names, labels, variables and owners: the wire contract with users of upstream (its control reference, 2.1).</summary>
public sealed class RoleObjectTests
{
    private static readonly RoleKey Key = RoleKey.Parse("ns/ms/3/decode/1");

    private const string Role = """
        { "name": "decode", "workerReplicas": 2, "replicas": 2,
          "entryTemplate": {
            "metadata": {
              "labels": { "app": "x", "modelserving.volcano.sh/name": "mine", "modelserving.volcano.sh/revision": "mine" },
              "annotations": { "note": "kept" } },
            "spec": {
              "schedulerName": "default-scheduler", "priority": 9007199254740993, "overhead": { "cpu": "1e3" },
              "initContainers": [ { "name": "i", "image": "a" } ],
              "containers": [ { "name": "c", "image": "a", "env": [
                { "name": "WORKER_INDEX", "value": "mine" }, { "name": "B", "valueFrom": { "fieldRef": { "fieldPath": "x" } } } ] } ] } },
          "workerTemplate": {
            "metadata": { "labels": { "modelserving.volcano.sh/entry": "true" } },
            "spec": { "containers": [ { "name": "w", "image": "b" } ] } } }
        """;

    [Fact]
    public void EntryPod_OfARole_HasContractNamesLabelsAndOwner()
    {
        JsonObject pod = Created("Pod", "ms-3-decode-1-0");
        pod["metadata"]!.ToJsonString().ShouldBe(
            """
            {"name":"ms-3-decode-1-0","namespace":"ns","labels":{"app":"x","modelserving.volcano.sh/entry":"true",
            "modelserving.volcano.sh/group-name":"ms-3","modelserving.volcano.sh/name":"ms","modelserving.volcano.sh/revision":"rev",
            "modelserving.volcano.sh/role":"decode","modelserving.volcano.sh/role-id":"decode-1",
            "modelserving.volcano.sh/role-template-hash":"hash"},"ownerReferences":[{"apiVersion":"workload.serving.volcano.sh/v1alpha1",
            "kind":"ModelServing","name":"ms","uid":"uid-ms","controller":true,"blockOwnerDeletion":true}],"annotations":{"note":"kept"}}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void EntryPod_OfARole_KeepsTheTemplateAndGetsItsVariablesLast()
    {
        Created("Pod", "ms-3-decode-1-0")["spec"]!.ToJsonString().ShouldBe(
            """
            {"schedulerName":"volcano","priority":9007199254740993,"overhead":{"cpu":"1e3"},
            "initContainers":[{"name":"i","image":"a","env":[{"name":"GROUP_SIZE","value":"3"},
            {"name":"ENTRY_ADDRESS","value":"ms-3-decode-1-0.ns"},{"name":"WORKER_INDEX","value":"0"}]}],
            "containers":[{"name":"c","image":"a","env":[{"name":"B","valueFrom":{"fieldRef":{"fieldPath":"x"}}},
            {"name":"GROUP_SIZE","value":"3"},{"name":"ENTRY_ADDRESS","value":"ms-3-decode-1-0.ns"},{"name":"WORKER_INDEX","value":"0"}]}]}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void W23_UserLabels_CannotTakeOverOurs()
    {
        Created("Pod", "ms-3-decode-1-0")["metadata"]!["labels"]!["modelserving.volcano.sh/name"]!.GetValue<string>().ShouldBe("ms");
        Created("Pod", "ms-3-decode-1-1")["metadata"]!["labels"]!.AsObject().ContainsKey(ServingLabels.Entry).ShouldBeFalse();
    }

    [Fact]
    public void WorkerPod_OfARole_CountsFromOne()
    {
        JsonObject pod = Created("Pod", "ms-3-decode-1-2");
        pod["spec"]!["containers"]![0]!["env"]!.ToJsonString().ShouldContain("""{"name":"WORKER_INDEX","value":"2"}""");
        pod["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("b");
    }

    [Fact]
    public void Service_OfARole_IsHeadlessAndSelectsTheEntryPodAlone()
    {
        JsonObject service = Created("Service", "ms-3-decode-1-0");
        service["spec"]!.ToJsonString().ShouldBe(
            """
            {"clusterIP":"None","publishNotReadyAddresses":true,"selector":{"modelserving.volcano.sh/entry":"true",
            "modelserving.volcano.sh/group-name":"ms-3","modelserving.volcano.sh/role":"decode","modelserving.volcano.sh/role-id":"decode-1"}}
            """.ReplaceLineEndings(""));
        service["metadata"]!["labels"]!.AsObject().Select(static pair => pair.Key).ShouldBe(
            [ServingLabels.GroupName, ServingLabels.Name, ServingLabels.Role, ServingLabels.RoleId]);
    }

    [Fact]
    public void Service_OfARole_ComesBeforeItsPods() =>
        Writes().First().ToString().ShouldBe("create Service ms-3-decode-1-0");

    [Fact]
    public void NamesOfStrangers_AreNeitherTakenNorOverwritten()
    {
        var stranger = new Pod
        {
            Metadata = new ObjectMeta
            {
                Namespace = "ns",
                Name = "ms-3-decode-1-2",
                Uid = "other",
                OwnerReferences = [new OwnerReference("v", "ModelServing", "ms", "uid-before", IsController: true)],
            },
        };
        Plan([stranger]).Writes.ShouldBeEmpty();
        Plan([stranger]).Summary.PodUids.ShouldBeEmpty();
    }

    [Fact]
    public void OwnerGone_AnyGoal_WritesNothing() => Plan([], ownerUid: null).Writes.ShouldBeEmpty();

    private static JsonObject Created(string kind, string name) => JsonNode.Parse(
        Writes().OfType<CreateObject>().Single(write => write.Kind.Kind == kind && write.Target.Name == name).Body.Utf8.Span)!.AsObject();

    private static IEnumerable<ClusterWrite> Writes() => Plan([]).Writes.Where(static write => write is not RecordEvent);

    private static RolePlan Plan(ImmutableArray<Pod> pods, string? ownerUid = "uid-ms")
    {
        var policies = new ServingPolicies("uid-ms", "volcano", RecoveryPolicy.RoleRecreate, TimeSpan.Zero);
        var role = new RoleDefinition("decode", 1, "hash", new RawJson(System.Text.Encoding.UTF8.GetBytes(Role)));
        return RolePlanner.Plan(
            Key,
            RoleGoal.From(new RoleAssignment(policies, "rev", role)),
            new RoleObservation(ownerUid, pods, [], previous: null),
            DateTimeOffset.UnixEpoch);
    }
}
