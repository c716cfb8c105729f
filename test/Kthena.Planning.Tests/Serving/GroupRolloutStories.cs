using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>ServingGroupRollingUpdate: groups are replaced one by one.</summary>
public sealed class GroupRolloutStories
{
    [Fact]
    public void RollingUpdate_MaxUnavailableOne_ReplacesOneGroupAtATimeFromTheTop()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
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
        cluster.Condition("Available")!.IsTrue.ShouldBeTrue();
        cluster.Condition("UpdateInProgress")!.IsTrue.ShouldBeFalse();
    }

    [Fact]
    public void Bug22_RollingUpdate_BrokenRevision_StopsAtTheBudget()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
        cluster.SetImage("broken:1");
        cluster.Settle();
        cluster.Settle();
        cluster.Pods.Count(static pod => pod.Containers[0].Image == "broken:1").ShouldBe(1);
        cluster.Current.Status.AvailableReplicas.ShouldBe(2);
        cluster.Condition("UpdateInProgress")!.IsTrue.ShouldBeTrue();
        cluster.Condition("Progressing")!.IsTrue.ShouldBeFalse();
    }

    [Fact]
    public void Bug21_RollingUpdate_OldGroupsBroken_AreReplacedFirstAndDoNotBlock()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.SetImage("engine:2");
        cluster.Settle();
        cluster.Pods.Where(static pod => pod.Containers[0].Image == "engine:2").Select(static pod => pod.Metadata.Name)
            .ShouldBe(["ms-0-engine-0-0"]);
    }

    [Fact]
    public void RollingUpdate_Partition_KeepsAndRebuildsTheFirstGroupsAtTheirOwnRevision()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3, extra: """
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
            ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
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

    /// <summary>
    /// The silo that built a new group is lost when only the entry pod was made. Whoever looks next has told nobody yet what is wanted,
    /// and a ready entry pod alone is no group that serves.
    /// </summary>
    [Fact]
    public void RollingUpdate_NewGroupWithoutItsWorkers_WhenEverythingIsForgotten_UsesTheBudgetUp()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers(replicas: 2));
        string[] old = [.. cluster.Pods.Where(static pod => pod.Metadata.Name.StartsWith("ms-0-", StringComparison.Ordinal)).Select(static pod => pod.Metadata.Uid)];
        old.Length.ShouldBe(3);
        cluster.SetImage("engine:2");
        cluster.Settle();
        cluster.Reap();
        cluster.Settle();
        cluster.Lose("ms-1-engine-0-1");
        cluster.Lose("ms-1-engine-0-2");
        cluster.SetReady("ms-1-engine-0-0");
        cluster.ForgetGrains();

        cluster.Settle();

        old.ShouldBeSubsetOf(cluster.Uids);
        cluster.SettleReady();
        cluster.Images.ShouldContain("ms-0-engine-0-0 engine:2");
    }
}
