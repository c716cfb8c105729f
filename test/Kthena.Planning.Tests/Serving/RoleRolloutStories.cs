using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>RoleRollingUpdate: role instances are replaced one by one.</summary>
public sealed class RoleRolloutStories
{
    private const string Rolling = "\"rolloutStrategy\": { \"type\": \"RoleRollingUpdate\" },";

    [Fact]
    public void OneRoleChanged_TouchesOnlyThatRole()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles(Rolling, replicas: 2));
        string[] decode = Uids(cluster, "decode");
        cluster.SetImage("engine:2");
        cluster.Story.Clear();
        cluster.SettleReady();
        Uids(cluster, "decode").ShouldBe(decode);
        Images(cluster, "prefill").ShouldBe(["ms-0-prefill-0-0 engine:2", "ms-1-prefill-0-0 engine:2"]);
        cluster.Current.Status.UpdatedReplicas.ShouldBe(2);
        cluster.Current.Status.CurrentRevision.ShouldBe(cluster.Current.Status.UpdateRevision);
        cluster.Story.Count(static step => step.StartsWith("delete Pod", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public void MaxUnavailableOne_ReplacesFromTheTopAndRecordsEachVictimFirst()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(roleReplicas: 3, extra: Rolling));
        cluster.SetImage("engine:2");
        cluster.Story.Clear();
        cluster.Settle();
        cluster.Story.Where(static step => !step.StartsWith("keep", StringComparison.Ordinal)).ShouldBe(
        [
            $"create ControllerRevision ms-{cluster.Current.Status.UpdateRevision}",
            "patch ModelServing ms",
            "delete Pod ms-0-engine-2-0",
            "patch ModelServing ms",
            "create Pod ms-0-engine-2-0",
        ]);
        cluster.Settle();
        cluster.Pods.Count(static pod => pod.IsServing).ShouldBe(2);
    }

    [Fact]
    public void BrokenRevision_StopsAtTheRolesBudgetInEveryGroup()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2, roleReplicas: 3, extra: Rolling));
        cluster.SetImage("broken:1");
        cluster.Settle();
        cluster.Settle();
        Images(cluster, "engine").Where(static pod => pod.EndsWith("broken:1", StringComparison.Ordinal)).ShouldBe(
            ["ms-0-engine-2-0 broken:1", "ms-1-engine-2-0 broken:1"]);
    }

    [Fact]
    public void BrokenRevision_OldInstanceLostMeanwhile_ComesBackAtItsOldRevision()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(roleReplicas: 3, extra: Rolling));
        cluster.SetImage("broken:1");
        cluster.Settle();
        cluster.ForgetGrains();
        cluster.Lose("ms-0-engine-0-0");
        cluster.Settle();
        Images(cluster, "engine").ShouldBe(["ms-0-engine-0-0 engine:1", "ms-0-engine-1-0 engine:1", "ms-0-engine-2-0 broken:1"]);
    }

    [Fact]
    public void OldInstancesBroken_AreReplacedFirstAndDoNotBlock()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(roleReplicas: 3, extra: Rolling));
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.SetImage("engine:2");
        cluster.Settle();
        Images(cluster, "engine").ShouldBe(["ms-0-engine-0-0 engine:2", "ms-0-engine-1-0 engine:1", "ms-0-engine-2-0 engine:1"]);
    }

    [Fact]
    public void RolePartition_KeepsAndRebuildsTheFirstInstances()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(roleReplicas: 3, extra: Rolling));
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["partition"] = 2);
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.Lose("ms-0-engine-0-0");
        cluster.ForgetGrains();
        cluster.SettleReady();
        Images(cluster, "engine").ShouldBe(["ms-0-engine-0-0 engine:1", "ms-0-engine-1-0 engine:1", "ms-0-engine-2-0 engine:2"]);
        cluster.Current.Status.UpdatedReplicas.ShouldBe(0);
        cluster.Current.Status.Conditions.Single(static condition => condition.Type == "UpdateInProgress").IsTrue.ShouldBeFalse();
    }

    [Fact]
    public void GroupsMaxUnavailable_LetsOneGroupInAtATime()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles("""
            "rolloutStrategy": { "type": "RoleRollingUpdate", "groupsMaxUnavailable": 1 },
            """, replicas: 3));
        cluster.SetImage("engine:2");
        for (int round = 0; round < 3; round++)
        {
            cluster.Settle();
            cluster.Pods.Where(static pod => !pod.IsServing).Select(static pod => pod.Metadata.Labels[ServingLabels.GroupName])
                .Distinct().Count().ShouldBe(1);
            Images(cluster, "prefill").Count(static pod => pod.EndsWith(":2", StringComparison.Ordinal)).ShouldBe(round + 1);
            cluster.AllReady();
        }
        cluster.SettleReady();
        cluster.Current.Status.UpdatedReplicas.ShouldBe(3);
    }

    [Fact]
    public void RoleRemovedAndAnotherAdded_BothHappenWithoutTouchingTheRest()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles(Rolling));
        string[] decode = Uids(cluster, "decode");
        cluster.EditSpec(static spec =>
        {
            JsonObject other = spec["template"]!["roles"]![0]!.DeepClone().AsObject();
            other["name"] = "other";
            spec["template"]!["roles"]![0] = other;
        });
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-decode-0-0", "ms-0-decode-1-0", "ms-0-other-0-0"]);
        Uids(cluster, "decode").ShouldBe(decode);
    }

    [Fact]
    public void W02_GroupStrategyAfterARoleRollout_ReplacesNothing()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles(Rolling));
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        string[] before = [.. cluster.Pods.Select(static pod => pod.Metadata.Uid)];
        cluster.ForgetGrains();
        cluster.EditSpec(static spec => spec["rolloutStrategy"]!["type"] = "ServingGroupRollingUpdate");
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(before);
    }

    [Fact]
    public void W16_SecondRolloutBehindAPartition_RebuildsFromTheRevisionThatTheInstanceHad()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(roleReplicas: 2, extra: Rolling));
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["partition"] = 1);
        cluster.SetImage("engine:3");
        cluster.SettleReady();
        cluster.ForgetGrains();
        cluster.Lose("ms-0-engine-0-0");
        cluster.SettleReady();
        Images(cluster, "engine").ShouldBe(["ms-0-engine-0-0 engine:2", "ms-0-engine-1-0 engine:3"]);
    }

    [Fact]
    public void W17_PartitionOverEverythingFromTheStart_StillStoresTheRevision()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2, extra: """
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "partition": 5 } },
            """));
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.ForgetGrains();
        cluster.Lose("ms-1-engine-0-0");
        cluster.SettleReady();
        Images(cluster, "engine").ShouldBe(["ms-0-engine-0-0 engine:1", "ms-1-engine-0-0 engine:1"]);
        cluster.Revisions.Count().ShouldBe(2);
    }

    [Fact]
    public void W18_ProtectedGroupWithMoreRolesInTheNewRevision_IsStillAvailable()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles("""
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "partition": 1 } },
            """));
        cluster.EditSpec(static spec =>
        {
            JsonObject other = spec["template"]!["roles"]![0]!.DeepClone().AsObject();
            other["name"] = "other";
            spec["template"]!["roles"]!.AsArray().Add((JsonNode)other);
        });
        cluster.SettleReady();
        cluster.Pods.Count().ShouldBe(3);
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
    }

    [Fact]
    public void W19_NewRole_ReachesAGroupOnlyWhenItIsReplaced()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles(replicas: 2));
        cluster.EditSpec(static spec =>
        {
            JsonObject other = spec["template"]!["roles"]![0]!.DeepClone().AsObject();
            other["name"] = "other";
            spec["template"]!["roles"]!.AsArray().Add((JsonNode)other);
        });
        cluster.Settle();
        cluster.Pods.Where(static pod => pod.Metadata.Labels[ServingLabels.Role] == "other")
            .Select(static pod => pod.Metadata.Name).ShouldBe(["ms-1-other-0-0"]);
    }

    [Fact]
    public void W20_ProtectedGroupDown_CountsAgainstTheBudget()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3, extra: """
            "rolloutStrategy": { "type": "ServingGroupRollingUpdate", "rollingUpdateConfiguration": { "partition": 1 } },
            """));
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.SetImage("engine:2");
        cluster.Settle();
        cluster.Pods.Count(static pod => pod.IsServing).ShouldBe(2);
        cluster.AllReady();
        cluster.SettleReady();
        cluster.Current.Status.UpdatedReplicas.ShouldBe(2);
    }

    [Fact]
    public void AnyRoleRollout_WithCrashes_NeverGoesBelowItsBudgetNorTouchesThePartition()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var chance = new Random(seed);
            int replicas = chance.Next(1, 5);
            int budget = chance.Next(1, replicas + 1);
            int partition = chance.Next(0, replicas + 1);
            int groups = chance.Next(1, 3);
            var cluster = ToyCluster.Settled(Specs.Simple(groups, replicas, Rolling));
            cluster.HasGrace = chance.Next(2) == 0;
            cluster.EditSpec(spec =>
            {
                spec["template"]!["roles"]![0]!["maxUnavailable"] = budget;
                spec["template"]!["roles"]![0]!["partition"] = partition;
            });
            cluster.SetImage("engine:2");
            for (int round = 0; round < 4 * replicas + 4; round++)
            {
                cluster.Settle(chance.Next(3) == 0 ? chance.Next(1, 5) : null);
                for (int group = 0; group < groups; group++)
                {
                    cluster.Pods.Count(pod => pod.IsServing && pod.Metadata.Labels[ServingLabels.GroupName] == $"ms-{group}")
                        .ShouldBeGreaterThanOrEqualTo(replicas - budget, $"seed {seed}");
                }
                cluster.Reap();
                if (chance.Next(2) == 0)
                    cluster.AllReady();
            }
            cluster.SettleReady();
            cluster.Pods.Count(static pod => pod.Containers[0].Image == "engine:1").ShouldBe(partition * groups, $"seed {seed}");
            cluster.Pods.Count().ShouldBe(replicas * groups, $"seed {seed}");
        }
    }

    private static string[] Uids(ToyCluster cluster, string role) =>
        [.. cluster.Pods.Where(pod => pod.Metadata.Labels[ServingLabels.Role] == role).Select(static pod => pod.Metadata.Uid)];

    private static string[] Images(ToyCluster cluster, string role) =>
    [
        .. cluster.Pods.Where(pod => pod.Metadata.Labels[ServingLabels.Role] == role)
            .Select(static pod => $"{pod.Metadata.Name} {pod.Containers[0].Image}"),
    ];
}
