using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.Upstream;

/// <summary>Defects that upstream mended in rollouts and revisions; the numbers are those of docs/compatibility.md.</summary>
public sealed class RolloutBugs
{
    [Fact]
    public void Bug24_Partition_ProtectsByPositionAndFillsByOrdinal()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 4));
        cluster.Annotate("Pod", "ms-1-engine-0-0", ServingLabels.PodDeletionCost, "-5");
        cluster.EditSpec(static spec => spec["replicas"] = 3);
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-2-engine-0-0", "ms-3-engine-0-0"]);
        cluster.EditSpec(static spec => spec["rolloutStrategy"] = Partition(2));
        cluster.SetImage("engine:2");
        cluster.Story.Clear();
        cluster.SettleReady();
        // Protected are the first two there are. The place that comes free first is that of group 1, which keeps the old revision.
        cluster.Story.First(static step => step.StartsWith("delete Pod", StringComparison.Ordinal)).ShouldBe("delete Pod ms-3-engine-0-0");
        cluster.Images.ShouldBe(["ms-0-engine-0-0 engine:1", "ms-1-engine-0-0 engine:1", "ms-2-engine-0-0 engine:2"]);
    }

    [Fact]
    public void Bug25_PartitionAboveTheScale_KeepsEveryGroup()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        string[] before = cluster.Uids;
        cluster.EditSpec(static spec => spec["rolloutStrategy"] = Partition(5));
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.Uids.ShouldBe(before);
    }

    [Fact]
    public void Bug26_PartitionInPercent_IsRoundedUp()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
        cluster.EditSpec(static spec => spec["rolloutStrategy"] = Partition("34%"));
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.Images.ShouldBe(["ms-0-engine-0-0 engine:1", "ms-1-engine-0-0 engine:1", "ms-2-engine-0-0 engine:2"]);
    }

    [Fact]
    public void Bug27_ControllerRevision_HoldsAnObjectUnderTheServingsName()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        string revision = cluster.Current.Status.UpdateRevision;
        JsonObject json = cluster.Json("ControllerRevision", $"ms-{revision}");
        json["data"].ShouldBeOfType<JsonObject>()["data"].ShouldBeOfType<JsonArray>();
        ((string?)json["metadata"]!["labels"]![ServingLabels.Name]).ShouldBe("ms");
        ((int?)json["revision"]).ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bug28_RevisionThatCannotBeStored_HoldsBackWhatWouldBeBuiltFromIt(bool isNew)
    {
        ToyCluster cluster = isNew ? new ToyCluster(Specs.Simple()) : ToyCluster.Settled(Specs.Simple());
        string[] before = cluster.Images;
        cluster.Refuses = static write => write is CreateObject && write.Kind == ResourceKinds.ControllerRevision;
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.Images.ShouldBe(before);
        cluster.Refuses = static _ => false;
        cluster.SettleReady();
        cluster.Images.ShouldBe(["ms-0-engine-0-0 engine:2"]);
    }

    [Fact]
    public void Bug30_GroupOfWhichNothingTellsTheRevision_IsNotOutdated()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        string[] before = cluster.Uids;
        cluster.Rewrite(static json =>
        {
            if ((string?)json["kind"] != "Pod")
                return;
            json["metadata"]!["labels"]!.AsObject().Remove(ServingLabels.Revision);
            json["metadata"]!["labels"]!.AsObject().Remove(ServingLabels.RoleTemplateHash);
        });
        cluster.ForgetGrains();
        cluster.SettleReady();
        cluster.Uids.ShouldBe(before);
    }

    [Fact]
    public void Bug31_ScaleAndPace_MakeNoRevision()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles("\"rolloutStrategy\": { \"type\": \"RoleRollingUpdate\" },"));
        string[] before = cluster.Uids;
        string revision = cluster.Current.Status.UpdateRevision;
        cluster.EditSpec(static spec =>
        {
            spec["replicas"] = 2;
            spec["template"]!["roles"]![0]!["replicas"] = 2;
            spec["template"]!["roles"]![1]!["maxUnavailable"] = "50%";
            spec["template"]!["roles"]![1]!["partition"] = 1;
        });
        cluster.SettleReady();
        cluster.Current.Status.UpdateRevision.ShouldBe(revision);
        cluster.Revisions.Count().ShouldBe(1);
        cluster.Uids.Intersect(before).Count().ShouldBe(before.Length);
        cluster.Uids.Length.ShouldBe(8);
    }

    [Fact]
    public void Bug33_RoleInstanceThatIsGoing_UsesTheBudgetOnce()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2, roleReplicas: 3, extra: "\"rolloutStrategy\": { \"type\": \"RoleRollingUpdate\" },"));
        cluster.HasGrace = true;
        cluster.SetImage("engine:2");
        for (int look = 0; look < 3; look++)
            cluster.Settle();
        cluster.Pods.Where(static pod => pod.Metadata.DeletionTimestamp is not null).Select(static pod => pod.Metadata.Name)
            .ShouldBe(["ms-0-engine-2-0", "ms-1-engine-2-0"]);
        cluster.SettleReady();
        cluster.Current.Status.UpdatedReplicas.ShouldBe(2);
    }

    private static JsonObject Partition(JsonNode partition) => new()
    {
        ["type"] = "ServingGroupRollingUpdate",
        ["rollingUpdateConfiguration"] = new JsonObject { ["partition"] = partition },
    };
}
