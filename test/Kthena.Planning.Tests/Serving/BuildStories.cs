using System.Text.Json.Nodes;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>How a ModelServing comes to be, stays as it is and goes.</summary>
public sealed class BuildStories
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
    public void WorkersThatAwaitTheirEntryPod_AreMadeWhenItIsReady_AtEachRebuild()
    {
        var cluster = new ToyCluster(Specs.WithWorkers());
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["entryTemplate"]!["metadata"] =
            JsonNode.Parse("""{ "annotations": { "modelserving.volcano.sh/workers-start": "AfterEntryReady" } }"""));
        cluster.Settle();
        Names(cluster).ShouldBe(["ms-0-engine-0-0"]);
        cluster.ForgetGrains();
        cluster.Settle();
        Names(cluster).ShouldBe(["ms-0-engine-0-0"]);

        cluster.SetReady("ms-0-engine-0-0");
        cluster.Settle();
        Names(cluster).ShouldBe(["ms-0-engine-0-0", "ms-0-engine-0-1", "ms-0-engine-0-2"]);
        cluster.SettleReady();
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);

        cluster.Lose("ms-0-engine-0-2");
        cluster.Settle();
        cluster.Reap();
        cluster.Settle();
        Names(cluster).ShouldBe(["ms-0-engine-0-0"]);
        cluster.SettleReady();
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
    }

    [Fact]
    public void WorkersThatAwaitedTheirEntryPod_AreFilledInWithoutIt_OnceTheyHaveBegun()
    {
        var cluster = new ToyCluster(Specs.WithWorkers("\"recoveryPolicy\": \"None\","));
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["entryTemplate"]!["metadata"] =
            JsonNode.Parse("""{ "annotations": { "modelserving.volcano.sh/workers-start": "AfterEntryReady" } }"""));
        cluster.SettleReady();
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.Lose("ms-0-engine-0-2");
        cluster.Settle();
        Names(cluster).Count.ShouldBe(3);
    }

    [Fact]
    public void SettledServing_LookedAtAgain_PlansNothing()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles(replicas: 2));
        int writes = cluster.Writes;
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Writes.ShouldBe(writes);
    }

    [Fact]
    public void DeletedServing_IsLeftToGarbageCollection()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        cluster.DeleteServing();
        cluster.ForgetGrains();
        cluster.Story.Clear();
        cluster.Settle();
        cluster.Story.ShouldBeEmpty();
    }

    [Fact]
    public void LostService_OfARunningRole_ComesBackAndNoPodIsTouched()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers());
        cluster.Story.Clear();
        cluster.DropService("ms-0-engine-0-0");
        cluster.Settle();
        cluster.Story.ShouldBe(["create Service ms-0-engine-0-0"]);
    }

    private static List<string> Names(ToyCluster cluster) => [.. cluster.Pods.Select(static pod => pod.Metadata.Name)];
}
