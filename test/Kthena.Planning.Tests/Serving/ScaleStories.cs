using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>Groups and role instances come and go with the scale, and nothing else is touched.</summary>
public sealed class ScaleStories
{
    [Fact]
    public void ScaleDown_Groups_RecordsTheVictimsBeforeAnythingIsDeleted()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
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
    public void Bug18_ScaleDown_CostsAndReadiness_NotRunningFirstThenCheapestThenHighest()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 5));
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.Annotate("Pod", "ms-2-engine-0-0", ServingLabels.PodDeletionCost, "-5");
        cluster.EditSpec(static spec => spec["replicas"] = 2);
        cluster.Settle();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-1-engine-0-0", "ms-3-engine-0-0"]);
    }

    [Fact]
    public void Bug19_ScaleDown_WithPartition_TakesUnprotectedGroupsFirst()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 4, extra: """
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "partition": 2 } },
            """));
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.EditSpec(static spec => spec["replicas"] = 2);
        cluster.Settle();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-1-engine-0-0"]);
    }

    [Fact]
    public void Bug15_ScaleUp_WithGaps_FillsTheLowest()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 4));
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
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles());
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
    public void ServingGroupRecreate_RoleScaledBothWays_RebuildsNothing()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles("\"recoveryPolicy\": \"ServingGroupRecreate\","));
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
            cluster.Uids.ShouldContain(prefill);
        }
    }

    [Fact]
    public void Bug23_RoleScale_OlderRevisionsBehindThePartition_FollowItWithTheirOwnTemplate()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles("""
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
}
