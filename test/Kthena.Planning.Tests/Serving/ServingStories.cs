using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>Whole sequences of steps, as a reviewer would want to read them.</summary>
public sealed class ServingStories
{
    [Fact]
    public void NewServing_AllLevels_StoresTheRevisionThenBuildsFromTheEntryOn()
    {
        var cluster = new ToyCluster(Specs.WithWorkers());
        cluster.Settle();
        string revision = cluster.Current.Status.UpdateRevision;

        cluster.Story.ShouldBe(
        [
            $"create ControllerRevision ms-{revision}",
            $"keep group 0 at {revision}",
            "create Service ms-0-engine-0-0",
            "create Pod ms-0-engine-0-0",
            "create Pod ms-0-engine-0-1",
            "create Pod ms-0-engine-0-2",
            "patch Pod ms-0-engine-0-0",
        ]);
        cluster.Events.Select(static happening => happening.Message).ShouldBe(
            ["Role engine/engine-0 in ServingGroup ms-0 is now Creating"]);

        cluster.AllReady();
        cluster.Settle();
        cluster.Events[^1].Reason.ShouldBe("RoleRunning");
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
    }

    [Fact]
    public void SettledServing_LookedAtAgain_PlansNothing()
    {
        var cluster = Settled(Specs.TwoRoles(replicas: 2));
        int writes = cluster.Writes;
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Writes.ShouldBe(writes);
    }

    [Fact]
    public void ScaleDown_Groups_RecordsTheVictimsBeforeAnythingIsDeleted()
    {
        var cluster = Settled(Specs.Simple(replicas: 3));
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.Story.Clear();
        cluster.Settle();
        cluster.Story.ShouldBe(
        [
            "patch ModelServing ms",
            "delete group 1",
            "delete group 2",
            "delete Pod ms-1-engine-0-0",
            "delete Pod ms-2-engine-0-0",
            "patch ModelServing ms",
        ]);
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0"]);
        cluster.Current.Metadata.Annotations[ServingLabels.Operations].ShouldBeNull();
        cluster.Events[^1].Reason.ShouldBe("RoleDeleting");
    }

    [Fact]
    public void ScaleDown_CostsAndReadiness_NotRunningFirstThenCheapestThenHighest()
    {
        var cluster = Settled(Specs.Simple(replicas: 5));
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.Annotate("Pod", "ms-2-engine-0-0", ServingLabels.PodDeletionCost, "-5");
        cluster.EditSpec(static spec => spec["replicas"] = 2);
        cluster.Settle();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-1-engine-0-0", "ms-3-engine-0-0"]);
    }

    [Fact]
    public void ScaleDown_WithPartition_TakesUnprotectedGroupsFirst()
    {
        var cluster = Settled(Specs.Simple(replicas: 4, extra: """
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "partition": 2 } },
            """));
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.EditSpec(static spec => spec["replicas"] = 2);
        cluster.Settle();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-1-engine-0-0"]);
    }

    [Fact]
    public void ScaleUp_WithGaps_FillsTheLowest()
    {
        var cluster = Settled(Specs.Simple(replicas: 4));
        cluster.Annotate("Pod", "ms-1-engine-0-0", ServingLabels.PodDeletionCost, "-5");
        cluster.EditSpec(static spec => spec["replicas"] = 3);
        cluster.Settle();
        cluster.EditSpec(static spec => spec["replicas"] = 4);
        cluster.Settle();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldContain("ms-1-engine-0-0");
    }

    [Fact]
    public void RoleScale_BothWays_TouchesNothingElseAndMakesNoRevision()
    {
        var cluster = Settled(Specs.TwoRoles());
        string revision = cluster.Current.Status.UpdateRevision;
        cluster.Story.Clear();
        cluster.EditSpec(static spec => spec["template"]!["roles"]![1]!["replicas"] = 1);
        cluster.Settle();
        cluster.Story.Where(static step => step.StartsWith("delete", StringComparison.Ordinal)).ShouldBe(["delete Pod ms-0-decode-1-0"]);
        cluster.EditSpec(static spec => spec["template"]!["roles"]![1]!["replicas"] = 3);
        cluster.Settle();
        cluster.Pods.Count().ShouldBe(4);
        cluster.Current.Status.UpdateRevision.ShouldBe(revision);
        cluster.Revisions.Count().ShouldBe(1);
    }

    [Fact]
    public void RoleRecreate_FailedPod_RebuildsTheInstanceEvidenceLast()
    {
        var cluster = Settled(Specs.WithWorkers());
        cluster.SetReady("ms-0-engine-0-1", isReady: false, restarts: 1);
        cluster.Story.Clear();
        cluster.Settle();
        cluster.Story.ShouldBe(
        [
            "delete Pod ms-0-engine-0-2",
            "delete Pod ms-0-engine-0-0",
            "delete Pod ms-0-engine-0-1",
            "create Pod ms-0-engine-0-0",
            "create Pod ms-0-engine-0-1",
            "create Pod ms-0-engine-0-2",
            "patch Pod ms-0-engine-0-0",
        ]);
        cluster.Events.ShouldContain(static happening => happening.Reason == "RoleFailed" && happening.IsWarning);
    }

    [Theory]
    [InlineData("ms-0-engine-0-0")]
    [InlineData("ms-0-engine-0-2")]
    public void RoleRecreate_LostPod_RebuildsTheInstanceEvenAfterARestart(string lost)
    {
        var cluster = Settled(Specs.WithWorkers());
        string[] before = Uids(cluster);
        cluster.ForgetGrains();
        cluster.Lose(lost);
        cluster.Settle();
        Uids(cluster).Length.ShouldBe(3);
        Uids(cluster).Intersect(before).ShouldBeEmpty();
    }

    [Fact]
    public void RoleRecreate_CrashAfterEveryWrite_EndsAsUndisturbed()
    {
        for (int crash = 1; crash <= 8; crash++)
        {
            var cluster = Settled(Specs.WithWorkers());
            string[] before = Uids(cluster);
            cluster.SetReady("ms-0-engine-0-1", isReady: false, phase: "Failed");
            cluster.Settle(stopAfterWrites: crash);
            cluster.Settle();
            Uids(cluster).Length.ShouldBe(3, $"crash after {crash}");
            Uids(cluster).Intersect(before).ShouldBeEmpty($"crash after {crash}");
        }
    }

    [Fact]
    public void ServingGroupRecreate_FailedPod_RebuildsTheWholeGroupWhateverCrashes()
    {
        for (int crash = 1; crash <= 8; crash++)
        {
            var cluster = Settled(Specs.TwoRoles("\"recoveryPolicy\": \"ServingGroupRecreate\","));
            string[] before = Uids(cluster);
            cluster.HasGrace = true;
            cluster.SetReady("ms-0-decode-1-0", isReady: false, phase: "Failed");
            cluster.Settle(stopAfterWrites: crash);
            cluster.Settle();
            cluster.Reap();
            cluster.Settle();
            Uids(cluster).Length.ShouldBe(3, $"crash after {crash}");
            Uids(cluster).Intersect(before).ShouldBeEmpty($"crash after {crash}");
        }
    }

    [Theory]
    [InlineData("ms-0-decode-1-0", false)]
    [InlineData("ms-0-decode-1-0", true)]
    [InlineData("ms-0-prefill-0-0", true)]
    public void ServingGroupRecreate_OnlyPodOfARoleGoneAtOnce_RebuildsTheWholeGroupWhateverCrashes(string lost, bool forgets)
    {
        for (int crash = 1; crash <= 8; crash++)
        {
            var cluster = Settled(Specs.TwoRoles("\"recoveryPolicy\": \"ServingGroupRecreate\","));
            string[] before = Uids(cluster);
            if (forgets)
                cluster.ForgetGrains();
            cluster.Lose(lost);
            cluster.Settle(stopAfterWrites: crash);
            cluster.Settle();
            Uids(cluster).Length.ShouldBe(3, $"crash after {crash}");
            Uids(cluster).Intersect(before).ShouldBeEmpty($"crash after {crash}");
        }
    }

    [Fact]
    public void ServingGroupRecreate_RoleScaledBothWays_RebuildsNothing()
    {
        var cluster = Settled(Specs.TwoRoles("\"recoveryPolicy\": \"ServingGroupRecreate\","));
        string prefill = cluster.Pods.Single(static pod => pod.Metadata.Name == "ms-0-prefill-0-0").Metadata.Uid;
        foreach (int replicas in new[] { 1, 3, 0, 2 })
        {
            cluster.EditSpec(spec => spec["template"]!["roles"]![1]!["replicas"] = replicas);
            cluster.Settle();
            cluster.AllReady();
            cluster.Settle();
            cluster.ForgetGrains();
            cluster.Settle();
            cluster.Pods.Count().ShouldBe(1 + replicas);
            Uids(cluster).ShouldContain(prefill);
        }
    }

    [Fact]
    public void RoleScale_OlderRevisionsBehindThePartition_FollowItWithTheirOwnTemplate()
    {
        var cluster = Settled(Specs.TwoRoles("""
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "partition": 1 } },
            """, replicas: 2));
        cluster.SetImage("engine:2");
        for (int round = 0; round < 3; round++)
        {
            cluster.Settle();
            cluster.AllReady();
        }
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["replicas"] = 2);
        cluster.Settle();
        cluster.Pods.Where(static pod => pod.Metadata.Labels[ServingLabels.Role] == "prefill")
            .Select(static pod => $"{pod.Metadata.Name} {pod.Containers[0].Image}").ShouldBe(
            ["ms-0-prefill-0-0 engine:1", "ms-0-prefill-1-0 engine:1", "ms-1-prefill-0-0 engine:2", "ms-1-prefill-1-0 engine:2"]);
    }

    [Fact]
    public void W12_RecoveryNone_DeletedPod_IsFilledIn()
    {
        var cluster = Settled(Specs.WithWorkers("\"recoveryPolicy\": \"None\","));
        string[] before = Uids(cluster);
        cluster.Lose("ms-0-engine-0-1");
        cluster.Settle();
        Uids(cluster).Length.ShouldBe(3);
        Uids(cluster).Intersect(before).Count().ShouldBe(2);
    }

    [Fact]
    public void RecoveryNone_RestartedPod_IsLeftAlone()
    {
        var cluster = Settled(Specs.WithWorkers("\"recoveryPolicy\": \"None\","));
        string[] before = Uids(cluster);
        cluster.SetReady("ms-0-engine-0-1", isReady: false, restarts: 3);
        cluster.Settle();
        Uids(cluster).ShouldBe(before);
        cluster.Current.Status.AvailableReplicas.ShouldBe(0);
    }

    [Fact]
    public void W13_ReplicasZero_FromTheStart_HasStatusAndSelectorAndCanGrow()
    {
        var cluster = new ToyCluster(Specs.Simple(replicas: 0));
        cluster.Settle();
        cluster.Current.Status.LabelSelector.ShouldBe(
            "modelserving.volcano.sh/entry=true,modelserving.volcano.sh/name=ms,"
            + "modelserving.volcano.sh/role=engine,modelserving.volcano.sh/role-id=engine-0");
        cluster.Current.Status.ObservedGeneration.ShouldBe(1);
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.Settle();
        cluster.Pods.Count().ShouldBe(1);
    }

    [Fact]
    public void W14_UnreadyPod_WithoutARestart_MakesTheGroupUnavailable()
    {
        var cluster = Settled(Specs.Simple(replicas: 2));
        cluster.SetReady("ms-1-engine-0-0", isReady: false);
        cluster.Settle();
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
        Condition(cluster, "Available").IsTrue.ShouldBeFalse();
        Condition(cluster, "Progressing").Message.ShouldBe("Some groups is progressing: [1]");
    }

    [Fact]
    public void RollingUpdate_MaxUnavailableOne_ReplacesOneGroupAtATimeFromTheTop()
    {
        var cluster = Settled(Specs.Simple(replicas: 3));
        cluster.SetImage("engine:2");
        cluster.Story.Clear();
        for (int round = 0; round < 4; round++)
        {
            cluster.Settle();
            cluster.AllReady();
        }
        cluster.Settle();
        cluster.Story.Where(static step => step.Contains("Pod", StringComparison.Ordinal)).ShouldBe(
        [
            "delete Pod ms-2-engine-0-0",
            "create Pod ms-2-engine-0-0",
            "delete Pod ms-1-engine-0-0",
            "create Pod ms-1-engine-0-0",
            "delete Pod ms-0-engine-0-0",
            "create Pod ms-0-engine-0-0",
        ]);
        cluster.Current.Status.CurrentRevision.ShouldBe(cluster.Current.Status.UpdateRevision);
        cluster.Current.Status.UpdatedReplicas.ShouldBe(3);
        Condition(cluster, "Available").IsTrue.ShouldBeTrue();
        Condition(cluster, "UpdateInProgress").IsTrue.ShouldBeFalse();
    }

    [Fact]
    public void RollingUpdate_BrokenRevision_StopsAtTheBudget()
    {
        var cluster = Settled(Specs.Simple(replicas: 3));
        cluster.SetImage("broken:1");
        cluster.Settle();
        cluster.Settle();
        cluster.Pods.Count(static pod => pod.Containers[0].Image == "broken:1").ShouldBe(1);
        cluster.Current.Status.AvailableReplicas.ShouldBe(2);
        Condition(cluster, "UpdateInProgress").IsTrue.ShouldBeTrue();
        Condition(cluster, "Progressing").IsTrue.ShouldBeFalse();
    }

    [Fact]
    public void RollingUpdate_OldGroupsBroken_AreReplacedFirstAndDoNotBlock()
    {
        var cluster = Settled(Specs.Simple(replicas: 3));
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.SetImage("engine:2");
        cluster.Settle();
        cluster.Pods.Where(static pod => pod.Containers[0].Image == "engine:2").Select(static pod => pod.Metadata.Name)
            .ShouldBe(["ms-0-engine-0-0"]);
    }

    [Fact]
    public void RollingUpdate_Partition_KeepsAndRebuildsTheFirstGroupsAtTheirOwnRevision()
    {
        var cluster = Settled(Specs.Simple(replicas: 3, extra: """
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "partition": 2 } },
            """));
        string old = cluster.Current.Status.UpdateRevision;
        cluster.SetImage("engine:2");
        cluster.Settle();
        cluster.AllReady();
        cluster.Settle();
        cluster.Lose("ms-0-engine-0-0");
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Pods.Select(static pod => $"{pod.Metadata.Name} {pod.Containers[0].Image}").ShouldBe(
            ["ms-0-engine-0-0 engine:1", "ms-1-engine-0-0 engine:1", "ms-2-engine-0-0 engine:2"]);
        cluster.Current.Status.CurrentRevision.ShouldBe(old);
        cluster.Current.Status.CurrentReplicas.ShouldBe(2);
        cluster.Current.Status.UpdatedReplicas.ShouldBe(1);
    }

    [Fact]
    public void RollingUpdate_CrashAfterEveryWrite_NeverGoesBelowTheBudget()
    {
        for (int crash = 1; crash <= 12; crash++)
        {
            var cluster = Settled(Specs.Simple(replicas: 3));
            cluster.SetImage("engine:2");
            for (int round = 0; round < 8; round++)
            {
                cluster.Settle(round == 0 ? crash : null);
                cluster.Pods.Count(static pod => pod.IsServing).ShouldBeGreaterThanOrEqualTo(2, $"crash after {crash}");
                cluster.AllReady();
            }
            cluster.Settle();
            cluster.Pods.All(static pod => pod.Containers[0].Image == "engine:2").ShouldBeTrue($"crash after {crash}");
        }
    }

    [Fact]
    public void DeletedServing_IsLeftToGarbageCollection()
    {
        var cluster = Settled(Specs.Simple());
        cluster.DeleteServing();
        cluster.ForgetGrains();
        cluster.Story.Clear();
        cluster.Settle();
        cluster.Story.ShouldBeEmpty();
    }

    [Fact]
    public void LostService_OfARunningRole_ComesBackAndNoPodIsTouched()
    {
        var cluster = Settled(Specs.WithWorkers());
        cluster.Story.Clear();
        cluster.DropService("ms-0-engine-0-0");
        cluster.Settle();
        cluster.Story.ShouldBe(["create Service ms-0-engine-0-0"]);
    }

    private static ToyCluster Settled(string spec)
    {
        var cluster = new ToyCluster(spec);
        cluster.Settle();
        cluster.AllReady();
        cluster.Settle();
        return cluster;
    }

    private static string[] Uids(ToyCluster cluster) => [.. cluster.Pods.Select(static pod => pod.Metadata.Uid)];

    private static Condition Condition(ToyCluster cluster, string type) =>
        cluster.Current.Status.Conditions.Single(condition => condition.Type == type);
}
