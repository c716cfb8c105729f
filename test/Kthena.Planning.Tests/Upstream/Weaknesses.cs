using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Upstream;

/// <summary>Weaknesses of upstream that are not repeated here; the numbers are those of docs/compatibility.md.</summary>
public sealed class Weaknesses
{
    private const string RoleRolling = "\"rolloutStrategy\": { \"type\": \"RoleRollingUpdate\" },";

    [Fact]
    public void W21_PercentageThatComesToNothing_StillRollsOneAtATime()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3, extra: """
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "maxUnavailable": "25%" } },
            """));
        cluster.SetImage("engine:2");
        for (int round = 0; round < 3; round++)
        {
            cluster.Settle();
            cluster.Pods.Count(static pod => pod.IsServing).ShouldBe(2);
            cluster.AllReady();
        }
        cluster.SettleReady();
        cluster.Current.Status.UpdatedReplicas.ShouldBe(3);
        cluster.EditSpec(static spec => spec["replicas"] = 0);
        cluster.SettleReady();
        cluster.Uids.ShouldBeEmpty();
    }

    [Fact]
    public void W22_RoleScaledBelowItsBudget_IsFollowedAndRolls()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(roleReplicas: 3, extra: RoleRolling));
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["maxUnavailable"] = 3);
        foreach (int replicas in new[] { 1, 0, 2 })
        {
            cluster.EditSpec(spec => spec["template"]!["roles"]![0]!["replicas"] = replicas);
            cluster.SettleReady();
            cluster.Uids.Length.ShouldBe(replicas);
        }
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.Images.ShouldBe(["ms-0-engine-0-0 engine:2", "ms-0-engine-1-0 engine:2"]);
    }

    [Fact]
    public void W24_InstanceThatTheScalesSelectorNames_IsNotTakenForItsCost()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2, roleReplicas: 3));
        cluster.Annotate("Pod", "ms-0-engine-0-0", ServingLabels.PodDeletionCost, "-100");
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["replicas"] = 1);
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-1-engine-0-0"]);
    }

    [Fact]
    public void W25_Conditions_AreTrueOneAtATimeNameOrdinalsAndKeepTheirTimes()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 4));
        Condition available = True(cluster);
        available.Type.ShouldBe("Available");
        cluster.Annotate("Pod", "ms-1-engine-0-0", ServingLabels.PodDeletionCost, "-5");
        cluster.EditSpec(static spec => spec["replicas"] = 3);
        cluster.SettleReady();
        True(cluster).LastTransitionTime.ShouldNotBeNull();
        True(cluster).ObservedGeneration.ShouldBe(cluster.Current.Metadata.Generation);

        cluster.Now += TimeSpan.FromMinutes(1);
        cluster.SetReady("ms-2-engine-0-0", isReady: false);
        cluster.Settle();
        True(cluster).Message.ShouldBe("Some groups is progressing: [2]");
        DateTimeOffset flipped = cluster.Condition("Available")!.LastTransitionTime!.Value;
        flipped.ShouldBeGreaterThan(available.LastTransitionTime!.Value);
        flipped.ShouldBe(True(cluster).LastTransitionTime!.Value);

        cluster.Now += TimeSpan.FromMinutes(1);
        cluster.SetReady("ms-3-engine-0-0", isReady: false);
        cluster.Settle();
        True(cluster).Message.ShouldBe("Some groups is progressing: [2 3]");
        True(cluster).LastTransitionTime.ShouldBe(flipped);

        cluster.SetImage("engine:2");
        cluster.Settle();
        True(cluster).Type.ShouldBe("UpdateInProgress");
        cluster.EditSpec(static spec => spec["replicas"] = 0);
        cluster.SettleReady();
        cluster.Condition("Available")!.Reason.ShouldBe("ScaledToZero");
        cluster.Current.Status.Conditions.ShouldAllBe(static condition => !condition.IsTrue);
    }

    [Fact]
    public void W28_ChangeOfMetadataAlone_ReachesWhatItConcerns()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        cluster.Annotate("ModelServing", "ms", ServingLabels.DrainSeconds, "7");
        cluster.Story.Clear();
        cluster.Settle();
        string revision = cluster.Current.Status.UpdateRevision;
        cluster.Story.ShouldBe([$"keep group 0 at {revision}", $"keep group 1 at {revision}"]);
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        DateTimeOffset before = cluster.Now;
        cluster.Settle();
        (cluster.Now - before).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void W29_Service_IsThereBeforeThePodsThatResolveIt()
    {
        var cluster = new ToyCluster(Specs.WithWorkers());
        cluster.Settle();
        string[] made = [.. cluster.Story.Where(static step => step.Contains("ms-0-engine", StringComparison.Ordinal))];
        made.Take(2).ShouldBe(["create Service ms-0-engine-0-0", "create Pod ms-0-engine-0-0"]);
    }

    [Fact]
    public void W30_RevisionNameThatOtherContentHolds_IsNotShared()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        string taken = cluster.Current.Status.UpdateRevision;
        cluster.SetImage("engine:1");
        cluster.SettleReady();
        cluster.Rewrite(json =>
        {
            if ((string?)json["kind"] == "ControllerRevision" && (string?)json["metadata"]!["labels"]![ServingLabels.Revision] == taken)
                json["data"]!["data"]![0]!["entryTemplate"]!["spec"]!["containers"]![0]!["image"] = "another:1";
        });
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.Images.ShouldBe(["ms-0-engine-0-0 engine:2"]);
        cluster.Current.Status.UpdateRevision.ShouldNotBe(taken);
        string[] settled = cluster.Uids;
        cluster.ForgetGrains();
        cluster.SettleReady();
        cluster.Uids.ShouldBe(settled);
        ((string?)cluster.Json("ControllerRevision", $"ms-{taken}")["data"]!["data"]![0]!["entryTemplate"]!["spec"]!["containers"]![0]!["image"])
            .ShouldBe("another:1");
    }

    [Fact]
    public void W30_FieldsThatThisSoftwareDoesNotKnow_AreContentLikeAnyOther()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        string[] before = cluster.Uids;
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["entryTemplate"]!["spec"]!["ofTheFuture"] = "x");
        cluster.SettleReady();
        cluster.Uids.Intersect(before).ShouldBeEmpty();
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["entryTemplate"]!["spec"]!.AsObject().Remove("ofTheFuture"));
        cluster.SettleReady();
        cluster.Revisions.Count().ShouldBe(2);
    }

    [Fact]
    public void W31_ServingMadeAgainUnderItsName_StartsFromNothingThatTheOneBeforeWas()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles(replicas: 2));
        cluster.SetImage("engine:2");
        cluster.Settle(stopAfterWrites: 3);
        string[] before = cluster.Uids;
        cluster.ReplaceServing("uid-next");
        cluster.EditSpec(static spec => spec["replicas"] = 3);
        cluster.ForgetGrains();
        cluster.Settle();
        // The name of its revision is taken till garbage collection frees it, so nothing is built yet.
        cluster.Uids.ShouldBe(before);
        cluster.CollectGarbage();
        cluster.SettleReady();
        cluster.Uids.Length.ShouldBe(9);
        cluster.Uids.Intersect(before).ShouldBeEmpty();
        cluster.Current.Status.UpdatedReplicas.ShouldBe(3);
    }

    private static Condition True(ToyCluster cluster) =>
        cluster.Current.Status.Conditions.Where(static condition => condition.IsTrue && condition.Type != "RolloutStalled").ShouldHaveSingleItem();
}
