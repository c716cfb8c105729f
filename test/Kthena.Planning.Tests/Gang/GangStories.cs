using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Gang;

/// <summary>PodGroups through a ModelServing's life, on a cluster with Volcano unless a story says otherwise.</summary>
public sealed class GangStories
{
    private const PodGroupFeatures Newest = PodGroupFeatures.MinTaskMember | PodGroupFeatures.Topology | PodGroupFeatures.TierName
        | PodGroupFeatures.SubGroups | PodGroupFeatures.MinSubGroups | PodGroupFeatures.SubGroupTopology;

    private const PodGroupFeatures Older = PodGroupFeatures.MinTaskMember | PodGroupFeatures.Topology;

    [Fact]
    public void NewGroup_WithVolcano_HasItsPodGroupBeforeItsPods()
    {
        ToyCluster cluster = Settled(Spec(replicas: 2));

        cluster.Story.Where(static step => step.Contains("PodGroup") || step.Contains("Pod ms")).Take(2)
            .ShouldBe(["create PodGroup ms-0", "create PodGroup ms-1"]);
        cluster.Json("PodGroup", "ms-0")["metadata"]!.ToJsonString().ShouldSatisfyAllConditions(
            static text => text.ShouldContain("""labels":{"modelserving.volcano.sh/group-name":"ms-0","modelserving.volcano.sh/name":"ms"}"""),
            static text => text.ShouldContain("""annotations":{"scheduling.k8s.io/group-name":"ms-0"}"""),
            static text => text.ShouldContain("""controller":true"""),
            static text => text.ShouldNotContain("blockOwnerDeletion"));
        cluster.Json("PodGroup", "ms-0")["spec"]!.ToJsonString().ShouldBe(JsonNode.Parse("""
            { "minMember": 4, "minResources": { "cpu": "3", "memory": "2Gi" },
              "subGroupPolicy": [
                { "name": "prefill",
                  "labelSelector": { "matchLabels": { "modelserving.volcano.sh/name": "ms", "modelserving.volcano.sh/role": "prefill" } },
                  "matchLabelKeys": [ "modelserving.volcano.sh/role-id" ], "subGroupSize": 2, "minSubGroups": 1 },
                { "name": "decode",
                  "labelSelector": { "matchLabels": { "modelserving.volcano.sh/name": "ms", "modelserving.volcano.sh/role": "decode" } },
                  "matchLabelKeys": [ "modelserving.volcano.sh/role-id" ], "subGroupSize": 1, "minSubGroups": 2 } ] }
            """)!.ToJsonString());
        JsonNode annotations = cluster.Json("Pod", "ms-1-decode-1-0")["metadata"]!["annotations"]!;
        ((string?)annotations[GangLabels.GroupName]).ShouldBe("ms-1");
        ((string?)annotations[GangLabels.TaskSpec]).ShouldBe("decode-1");
        Condition(cluster).ShouldBeNull();
    }

    [Fact]
    public void OlderVolcano_WithoutSubGroups_CountsMembersByTask()
    {
        ToyCluster cluster = Settled(Spec(gang: """{ "minRoleReplicas": { "decode": 1 } }"""), Older);
        JsonObject spec = PodGroup(cluster);
        ((int?)spec["minMember"]).ShouldBe(3);
        spec["minTaskMember"]!.ToJsonString().ShouldBe("""{"prefill-0":2,"decode-0":1}""");
        spec.ContainsKey("subGroupPolicy").ShouldBeFalse();
    }

    [Fact]
    public void WorkersThatAwaitTheirEntryPod_AreNoMembersThatTheGangWaitsFor()
    {
        var cluster = new ToyCluster(Spec()) { PodGroupSupport = Newest };
        cluster.EditSpec(static spec =>
        {
            JsonObject prefill = spec["template"]!["roles"]![0]!["entryTemplate"]!.AsObject();
            prefill["metadata"] = JsonNode.Parse("""{ "annotations": { "modelserving.volcano.sh/workers-start": "AfterEntryReady" } }""");
        });
        cluster.SettleReady();
        JsonObject spec = PodGroup(cluster);
        ((int?)spec["minMember"]).ShouldBe(3);
        // What they will take is asked for all the same: an entry pod that gets in alone is of no use.
        spec["minResources"]!.ToJsonString().ShouldBe("""{"cpu":"3","memory":"2Gi"}""");
        ((int?)spec["subGroupPolicy"]![0]!["subGroupSize"]).ShouldBe(1);
    }

    [Theory]
    [InlineData("""{ "decode": 1 }""", 3, 1)]
    [InlineData("""{ "decode": 9 }""", 4, 2)]
    [InlineData("""{ "decode": 0 }""", 2, 0)]
    [InlineData("""{ "prefill": 1, "decode": 2 }""", 4, 2)]
    public void MinRoleReplicas_LowerTheMembers_NeverBeyondTheScale(string minimums, int members, int decodes)
    {
        JsonObject spec = PodGroup(Settled(Spec(gang: $$"""{ "minRoleReplicas": {{minimums}} }""")));
        ((int?)spec["minMember"]).ShouldBe(members);
        ((int?)spec["subGroupPolicy"]![1]!["minSubGroups"]).ShouldBe(decodes);
    }

    [Fact]
    public void Bug40_NetworkTopology_IsSetChangedAndTakenBackWithoutADeletion()
    {
        ToyCluster cluster = Settled(Spec(topology: """{ "groupPolicy": { "mode": "hard", "highestTierAllowed": 1 }, "rolePolicy": { "highestTierName": "rack" } }"""));
        PodGroup(cluster)["networkTopology"]!.ToJsonString().ShouldBe("""{"mode":"hard","highestTierAllowed":1}""");
        PodGroup(cluster)["subGroupPolicy"]![0]!["networkTopology"]!.ToJsonString().ShouldBe("""{"highestTierName":"rack","mode":"hard"}""");
        string uid = Uid(cluster);

        cluster.EditSpec(static spec => spec["template"]!["networkTopology"] = JsonNode.Parse("""{ "groupPolicy": { "mode": "soft" } }"""));
        cluster.SettleReady();
        PodGroup(cluster)["networkTopology"]!.ToJsonString().ShouldBe("""{"mode":"soft"}""");
        PodGroup(cluster)["subGroupPolicy"]!.ToJsonString().ShouldNotContain("networkTopology");

        cluster.EditSpec(static spec => spec["template"]!.AsObject().Remove("networkTopology"));
        cluster.SettleReady();
        PodGroup(cluster).ContainsKey("networkTopology").ShouldBeFalse();
        Uid(cluster).ShouldBe(uid, "W26: the PodGroup of running pods is not deleted");
    }

    [Fact]
    public void Bug36_NetworkTopologyTakenBack_WithoutAGangPolicy_KeepsTheGang()
    {
        ToyCluster cluster = Settled(Spec(topology: """{ "groupPolicy": { "mode": "hard", "highestTierAllowed": 1 } }"""));
        cluster.Current.Spec.GangPolicy.ShouldBeNull();
        string uid = Uid(cluster);
        cluster.EditSpec(static spec => spec["template"]!.AsObject().Remove("networkTopology"));
        cluster.SettleReady();
        PodGroup(cluster).ContainsKey("networkTopology").ShouldBeFalse();
        ((int?)PodGroup(cluster)["minMember"]).ShouldBe(4);
        Uid(cluster).ShouldBe(uid);
        cluster.Pods.Count().ShouldBe(4);
    }

    [Fact]
    public void Bug41_QueueAnnotation_SetsAndClearsTheQueue()
    {
        ToyCluster cluster = Settled(Spec());
        PodGroup(cluster).ContainsKey("queue").ShouldBeFalse();
        cluster.Annotate("ModelServing", "ms", GangLabels.QueueName, "research");
        cluster.SettleReady();
        ((string?)PodGroup(cluster)["queue"]).ShouldBe("research");
        cluster.Json("ModelServing", "ms")["metadata"]!["annotations"]!.AsObject().Remove(GangLabels.QueueName);
        cluster.Touch("ModelServing", "ms");
        cluster.SettleReady();
        PodGroup(cluster).ContainsKey("queue").ShouldBeFalse();
    }

    [Fact]
    public void Queue_ThatVolcanoFilledIn_IsLeftAlone()
    {
        ToyCluster cluster = Settled(Spec());
        PodGroup(cluster)["queue"] = "default";
        cluster.Touch("PodGroup", "ms-0");
        int before = cluster.Writes;
        cluster.SettleReady();
        cluster.Writes.ShouldBe(before);
    }

    [Fact]
    public void Bug42_MinTaskMemberOfAnOlderWriter_GivesWayToSubGroups()
    {
        ToyCluster cluster = Settled(Spec(), Older);
        PodGroup(cluster).ContainsKey("minTaskMember").ShouldBeTrue();
        cluster.PodGroupSupport = Newest;
        cluster.SettleReady();
        PodGroup(cluster).ContainsKey("minTaskMember").ShouldBeFalse();
        PodGroup(cluster)["subGroupPolicy"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public void Bug43_DeletedPodGroup_IsRestored()
    {
        ToyCluster cluster = Settled(Spec());
        cluster.Drop("PodGroup", "ms-0");
        string[] pods = [.. cluster.Pods.Select(static pod => pod.Metadata.Uid)];
        cluster.SettleReady();
        cluster.PodGroups.ShouldHaveSingleItem();
        cluster.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(pods);
    }

    [Fact]
    public void Bug20_GroupThatGoes_GetsNoPodGroupAnew()
    {
        ToyCluster cluster = Settled(Spec(replicas: 2));
        cluster.HasGrace = true;
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.Settle();
        cluster.Drop("PodGroup", "ms-1");
        cluster.Settle();
        cluster.PodGroups.ShouldHaveSingleItem().Metadata.Name.ShouldBe("ms-0");
        cluster.HasGrace = false;
        cluster.SettleReady();
        cluster.PodGroups.ShouldHaveSingleItem().Metadata.Name.ShouldBe("ms-0");
    }

    [Fact]
    public void ScaleDown_TakesThePodGroupAfterThePods()
    {
        ToyCluster cluster = Settled(Spec(replicas: 3));
        cluster.Story.Clear();
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.SettleReady();
        cluster.PodGroups.ShouldHaveSingleItem().Metadata.Name.ShouldBe("ms-0");
        cluster.Story.FindLastIndex(static step => step.StartsWith("delete Pod ms")).ShouldBeLessThan(
            cluster.Story.FindIndex(static step => step.StartsWith("delete PodGroup")));
    }

    [Fact]
    public void ScaleDown_CrashAfterEveryWrite_LeavesNoPodGroupBehind()
    {
        for (int crash = 1; crash < 30; crash++)
        {
            ToyCluster cluster = Settled(Spec(replicas: 3));
            cluster.EditSpec(static spec => spec["replicas"] = 1);
            cluster.Settle(stopAfterWrites: crash);
            cluster.SettleReady();
            cluster.PodGroups.Select(static group => group.Metadata.Name).ShouldBe(["ms-0"], $"crash after {crash}");
            cluster.Pods.Count().ShouldBe(4);
        }
    }

    [Fact]
    public void RoleScale_IsFollowed_BeforeNewPodsAreMade()
    {
        ToyCluster cluster = Settled(Spec());
        cluster.Story.Clear();
        cluster.EditSpec(static spec => spec["template"]!["roles"]![1]!["replicas"] = 4);
        cluster.SettleReady();
        ((int?)PodGroup(cluster)["minMember"]).ShouldBe(6);
        cluster.Story.First(static step => step.Contains("Pod")).ShouldBe("patch PodGroup ms-0");
        cluster.EditSpec(static spec => spec["template"]!["roles"]![1]!["replicas"] = 1);
        cluster.SettleReady();
        ((int?)PodGroup(cluster)["minMember"]).ShouldBe(3);
    }

    [Fact]
    public void W18_ProtectedGroup_IsCountedByItsOwnRevision()
    {
        ToyCluster cluster = Settled(Spec(replicas: 2, extra: """
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "partition": 1 } },
            """));
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["workerReplicas"] = 3);
        cluster.SettleReady();
        ((int?)PodGroup(cluster, "ms-0")["minMember"]).ShouldBe(4, "it keeps one worker");
        ((int?)PodGroup(cluster, "ms-1")["minMember"]).ShouldBe(6);
        ((int?)PodGroup(cluster, "ms-1")["subGroupPolicy"]![0]!["subGroupSize"]).ShouldBe(4);
    }

    [Fact]
    public void Rollout_KeepsThePodGroup_AndMovesItAlong()
    {
        ToyCluster cluster = Settled(Spec(replicas: 2));
        string uid = Uid(cluster);
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["workerReplicas"] = 2);
        cluster.SettleReady();
        ((int?)PodGroup(cluster)["minMember"]).ShouldBe(5);
        Uid(cluster).ShouldBe(uid);
    }

    [Fact]
    public void W26_VolcanoThatComesLater_IsJoinedByPodsThatAreThere()
    {
        ToyCluster cluster = Settled(Spec(), support: null);
        cluster.PodGroups.ShouldBeEmpty();
        cluster.Json("Pod", "ms-0-decode-0-0")["metadata"]!["annotations"].ShouldBeNull();
        string[] pods = [.. cluster.Pods.Select(static pod => pod.Metadata.Uid)];

        cluster.PodGroupSupport = Newest;
        cluster.SettleReady();

        cluster.PodGroups.ShouldHaveSingleItem();
        cluster.Pods.ShouldAllBe(static pod => pod.Metadata.Annotations[GangLabels.GroupName] == "ms-0");
        cluster.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(pods);
    }

    [Fact]
    public void W26_VolcanoThatLeaves_StopsNothing_AndIsToldWhereItWasAskedFor()
    {
        ToyCluster cluster = Settled(Spec(gang: "{}"));
        cluster.PodGroupSupport = null;
        cluster.Settle();
        cluster.Drop("PodGroup", "ms-0");
        cluster.Lose("ms-0-decode-0-0");
        cluster.SettleReady();
        cluster.PodGroups.ShouldBeEmpty();
        cluster.Pods.Count().ShouldBe(4);
        Condition(cluster)!.Reason.ShouldBe("PodGroupsNotInstalled");

        cluster.PodGroupSupport = Newest;
        cluster.SettleReady();
        cluster.PodGroups.ShouldHaveSingleItem();
        Condition(cluster).ShouldBeNull();
    }

    [Fact]
    public void GangPolicy_WithAnotherScheduler_IsToldNotSilentlyIgnored()
    {
        ToyCluster cluster = Settled(Spec(gang: "{}", extra: "\"schedulerName\": \"default-scheduler\","));
        cluster.PodGroups.ShouldBeEmpty();
        Condition(cluster)!.ShouldSatisfyAllConditions(
            static condition => condition.Reason.ShouldBe("SchedulerIsNotVolcano"),
            static condition => condition.Message.ShouldContain("gangPolicy"));
    }

    [Fact]
    public void RolePolicy_ThatVolcanoIsTooOldFor_IsTold() =>
        Condition(Settled(Spec(topology: """{ "rolePolicy": { "highestTierAllowed": 1 } }"""), Older))!.Reason.ShouldBe("NotSupportedByVolcano");

    [Fact]
    public void PodGroup_OfSomebodyElse_IsReportedAndNeverTaken()
    {
        var cluster = new ToyCluster(Spec()) { PodGroupSupport = Newest };
        cluster.Make("""
            { "kind": "PodGroup", "metadata": { "name": "ms-0", "namespace": "ns", "uid": "theirs", "creationTimestamp": "2026-01-02T03:04:05Z" },
              "spec": { "minMember": 9 } }
            """);
        cluster.SettleReady();
        cluster.Pods.ShouldBeEmpty();
        ((int?)PodGroup(cluster)["minMember"]).ShouldBe(9);
        Condition(cluster)!.Reason.ShouldBe("PodGroupNameTaken");

        cluster.Drop("PodGroup", "ms-0");
        cluster.SettleReady();
        cluster.Pods.Count().ShouldBe(4);
        Condition(cluster).ShouldBeNull();
    }

    [Fact]
    public void PodGroup_OfUpstream_IsAdoptedAsItIs()
    {
        ToyCluster cluster = Settled(Spec());
        // As another writer puts it: quantities in its own words, the mode where none is wanted, its own order.
        PodGroup(cluster)["minResources"] = JsonNode.Parse("""{ "memory": "2048Mi", "cpu": "3000m" }""");
        cluster.Json("PodGroup", "ms-0")["status"] = JsonNode.Parse("""{ "phase": "Running" }""");
        cluster.Touch("PodGroup", "ms-0");
        cluster.ForgetGrains();
        int before = cluster.Writes;
        cluster.SettleReady();
        cluster.Writes.ShouldBe(before);
    }

    [Fact]
    public void Pods_ThatNoSchedulerLooksAt_AreToldOf()
    {
        var cluster = new ToyCluster(Spec()) { HasScheduler = false };
        cluster.Settle();
        Kthena.Model.Resources.Condition failing = cluster.Current.Status.Conditions.Single(static condition => condition.Type == "RolesFailing");
        failing.Reason.ShouldBe("SchedulerSilent");
        failing.Message.ShouldContain("'volcano'");
    }

    private static ToyCluster Settled(string spec, PodGroupFeatures? support = Newest)
    {
        var cluster = new ToyCluster(spec) { PodGroupSupport = support };
        cluster.SettleReady();
        return cluster;
    }

    private static JsonObject PodGroup(ToyCluster cluster, string name = "ms-0") => cluster.Json("PodGroup", name)["spec"]!.AsObject();

    private static string Uid(ToyCluster cluster) => (string)cluster.Json("PodGroup", "ms-0")["metadata"]!["uid"]!;

    private static Condition? Condition(ToyCluster cluster) =>
        cluster.Current.Status.Conditions.FirstOrDefault(static condition => condition.Type == "GangFailing");

    private static string Spec(int replicas = 1, string? gang = null, string? topology = null, string extra = "") => $$"""
        {
          "replicas": {{replicas}}, {{extra}}
          "template": {
            {{(gang is null ? "" : $"\"gangPolicy\": {gang},")}}
            {{(topology is null ? "" : $"\"networkTopology\": {topology},")}}
            "roles": [
              { "name": "prefill", "replicas": 1, "workerReplicas": 1,
                "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "engine:1", "resources": { "requests": { "cpu": "1" } } } ] } },
                "workerTemplate": { "spec": { "containers": [ { "name": "c", "image": "engine:1", "resources": { "limits": { "cpu": "1" } } } ] } } },
              { "name": "decode", "replicas": 2, "workerReplicas": 0,
                "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "engine:1", "resources": { "requests": { "cpu": "500m", "memory": "1Gi" } } } ] } } } ] }
        }
        """;
}
