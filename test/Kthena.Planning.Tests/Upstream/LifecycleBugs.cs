using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.Upstream;

/// <summary>Defects that upstream mended in life cycle, restart and recovery; the numbers are those of docs/compatibility.md.</summary>
public sealed class LifecycleBugs
{
    private const string Engine = "ms-0-engine-0-0";

    [Theory]
    [InlineData("Failed", 0)]
    [InlineData("Running", 1)]
    public void Bug01_PodThatFailedWhileNobodyLooked_IsRebuilt(string phase, int restarts)
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        string[] before = cluster.Uids;
        cluster.SetReady(Engine, isReady: false, restarts, phase);
        cluster.ForgetGrains();
        cluster.SettleReady();
        cluster.Uids.Length.ShouldBe(1);
        cluster.Uids.Intersect(before).ShouldBeEmpty();
    }

    [Fact]
    public void Bug02_PodsNotReadyAtStart_AreNotMadeTwice()
    {
        var cluster = new ToyCluster(Specs.TwoRoles(replicas: 2));
        cluster.Settle();
        string[] before = cluster.Uids;
        int writes = cluster.Writes;
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Uids.ShouldBe(before);
        cluster.Writes.ShouldBe(writes);
    }

    [Theory]
    [InlineData("RoleRecreate")]
    [InlineData("ServingGroupRecreate")]
    [InlineData("None")]
    public void Bug03_RoleWithTooFewPods_GetsThoseThatAreMissing(string policy)
    {
        for (int crash = 1; crash <= 6; crash++)
        {
            var cluster = new ToyCluster(Specs.WithWorkers($"\"recoveryPolicy\": \"{policy}\","));
            cluster.Settle(stopAfterWrites: crash);
            string[] before = cluster.Uids;
            cluster.Settle();
            cluster.Uids.Length.ShouldBe(3, $"crash after {crash}");
            cluster.Uids.Intersect(before).ShouldBe(before, $"crash after {crash}: {string.Join("; ", cluster.Story)}");
        }
    }

    [Fact]
    public void Bug04_ObjectsOfADeletedNamesake_AreNeitherAdoptedNorDeleted()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers());
        string[] before = cluster.Uids;
        cluster.ReplaceServing("uid-next");
        cluster.ForgetGrains();
        cluster.SettleReady();
        cluster.Uids.ShouldBe(before);
        cluster.Current.Status.AvailableReplicas.ShouldBe(0);
        cluster.CollectGarbage();
        cluster.SettleReady();
        cluster.Uids.Length.ShouldBe(3);
        cluster.Uids.Intersect(before).ShouldBeEmpty();
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
    }

    [Theory]
    [InlineData("RoleRecreate")]
    [InlineData("ServingGroupRecreate")]
    [InlineData("None")]
    public void Bug05_OnlyPodOfARoleDeleted_ComesBack(string policy)
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(extra: $"\"recoveryPolicy\": \"{policy}\","));
        cluster.Lose(Engine);
        cluster.SettleReady();
        cluster.Uids.Length.ShouldBe(1);
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
    }

    [Fact]
    public void Bug06_DeletionsThatFail_GoOnWithTheVictimsOnRecord()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
        cluster.Refuses = static write => write is DeleteObject;
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.Settle();
        cluster.Uids.Length.ShouldBe(3);
        cluster.Current.Metadata.Annotations[ServingLabels.Operations].ShouldNotBeNull();
        // Chosen now, the first group would go.
        cluster.SetReady(Engine, isReady: false);
        cluster.Refuses = static _ => false;
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe([Engine]);
    }

    [Fact]
    public void Bug07_RoleInstanceThatIsGoing_IsNotTakenTwice()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(roleReplicas: 3));
        cluster.HasGrace = true;
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["replicas"] = 2);
        cluster.Settle();
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Pods.Count(static pod => pod.Metadata.DeletionTimestamp is not null).ShouldBe(1);
        cluster.Reap();
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe([Engine, "ms-0-engine-1-0"]);
    }

    [Fact]
    public void Bug08_PodThatTookTheNameDuringTheGrace_IsNotDeletedWhenItEnds()
    {
        ToyCluster cluster = WithGrace();
        cluster.SetReady(Engine, isReady: false, restarts: 1);
        cluster.Settle(stopAfterWrites: 1);
        cluster.Lose(Engine);
        cluster.SettleReady();
        string[] next = cluster.Uids;
        cluster.Now += TimeSpan.FromMinutes(5);
        cluster.SettleReady();
        cluster.Uids.ShouldBe(next);
    }

    [Fact]
    public void Bug09_ReplacementThatFails_HasAGraceOfItsOwn()
    {
        ToyCluster cluster = WithGrace();
        cluster.SetReady(Engine, isReady: false, restarts: 1);
        cluster.Settle(stopAfterWrites: 1);
        cluster.Now += TimeSpan.FromSeconds(30);
        cluster.Lose(Engine);
        cluster.SettleReady();
        string next = cluster.Uids.ShouldHaveSingleItem();
        cluster.SetReady(Engine, isReady: false, restarts: 1);
        DateTimeOffset failed = cluster.Now;
        cluster.Settle();
        cluster.Uids.ShouldHaveSingleItem().ShouldNotBe(next);
        (cluster.Now - failed).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Bug10_FailureSeenManyTimes_IsOneDeletionAtTheEndOfTheGrace()
    {
        ToyCluster cluster = WithGrace();
        cluster.SetReady(Engine, isReady: false, restarts: 1);
        cluster.Story.Clear();
        for (int look = 0; look < 5; look++)
            cluster.Settle(stopAfterWrites: 1);
        cluster.Settle();
        cluster.Story.Count(static step => step == $"delete Pod {Engine}").ShouldBe(1);
    }

    [Fact]
    public void Bug11_RoleWhosePodsAreReady_IsRunning()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles());
        cluster.Events.Count(static happening => happening.Reason == "RoleRunning").ShouldBe(3);
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
    }

    [Fact]
    public void Bug12_ServiceThatCannotBeMade_HoldsThePodsBackAndIsTriedAgain()
    {
        var cluster = new ToyCluster(Specs.WithWorkers()) { Refuses = static write => write is CreateObject && write.Kind == ResourceKinds.Service };
        cluster.Settle();
        cluster.Uids.ShouldBeEmpty();
        cluster.Refuses = static _ => false;
        cluster.SettleReady();
        cluster.Services.Count().ShouldBe(1);
        cluster.Uids.Length.ShouldBe(3);
    }

    [Fact]
    public void Bug13_ServiceOfAGroupThatIsGoing_IsNotMadeAgain()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers());
        cluster.HasGrace = true;
        cluster.EditSpec(static spec => spec["replicas"] = 0);
        cluster.Settle();
        cluster.Services.ShouldBeEmpty();
        cluster.Story.Clear();
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Reap();
        cluster.Settle();
        cluster.Story.ShouldNotContain(static step => step.StartsWith("create", StringComparison.Ordinal));
        cluster.Uids.ShouldBeEmpty();
    }

    [Fact]
    public void Bug34_TemplateWithAnnotationsAlone_IsBuilt()
    {
        var cluster = new ToyCluster(Specs.Simple());
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["entryTemplate"]!["metadata"] =
            new JsonObject { ["annotations"] = new JsonObject { ["note"] = "kept" } });
        cluster.SettleReady();
        cluster.Pods.Single().Metadata.Annotations["note"].ShouldBe("kept");
        cluster.Pods.Single().Metadata.Labels[ServingLabels.Entry].ShouldBe("true");
    }

    private static ToyCluster WithGrace()
    {
        var cluster = new ToyCluster(Specs.Simple());
        cluster.EditSpec(static spec => spec["template"]!["restartGracePeriodSeconds"] = 60);
        cluster.SettleReady();
        return cluster;
    }
}
