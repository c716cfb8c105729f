using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>What upstream does not have: surge, pause, deadline, history limit, rollback, and specs that cannot be planned.</summary>
public sealed class RolloutPaceStories
{
    [Fact]
    public void Surge_WithNothingUnavailable_BuildsFirstAndEndsAtTheLowestOrdinals()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3, extra: Pace("\"maxUnavailable\": 0, \"maxSurge\": 1")));
        cluster.SetImage("engine:2");
        for (int round = 0; round < 12; round++)
        {
            cluster.Settle();
            cluster.Pods.Count(static pod => pod.IsServing).ShouldBeGreaterThanOrEqualTo(3);
            cluster.Pods.Count().ShouldBeLessThanOrEqualTo(4);
            cluster.AllReady();
        }
        cluster.SettleReady();
        Images(cluster).ShouldBe(["ms-0-engine-0-0 engine:2", "ms-1-engine-0-0 engine:2", "ms-2-engine-0-0 engine:2"]);
        cluster.Current.Status.CurrentRevision.ShouldBe(cluster.Current.Status.UpdateRevision);
    }

    [Fact]
    public void Surge_BrokenRevision_LeavesEveryOldGroupRunning()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2, extra: Pace("\"maxUnavailable\": 0, \"maxSurge\": \"50%\"")));
        cluster.SetImage("broken:1");
        cluster.Settle();
        cluster.Settle();
        Images(cluster).ShouldBe(["ms-0-engine-0-0 engine:1", "ms-1-engine-0-0 engine:1", "ms-2-engine-0-0 broken:1"]);
        cluster.SetImage("engine:1");
        cluster.SettleReady();
        Images(cluster).ShouldBe(["ms-0-engine-0-0 engine:1", "ms-1-engine-0-0 engine:1"]);
    }

    [Fact]
    public void AnySurge_WithCrashesAndPartitions_StaysWithinBothBounds()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var chance = new Random(seed);
            int replicas = chance.Next(1, 5);
            int surge = chance.Next(1, replicas + 1);
            int budget = chance.Next(0, replicas + 1);
            int partition = chance.Next(0, replicas + 1);
            ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas, extra: Pace(
                $"\"maxUnavailable\": {budget}, \"maxSurge\": {surge}, \"partition\": {partition}")));
            cluster.HasGrace = chance.Next(2) == 0;
            cluster.SetImage("engine:2");
            for (int round = 0; round < 6 * replicas + 6; round++)
            {
                cluster.Settle(chance.Next(3) == 0 ? chance.Next(1, 5) : null);
                cluster.Pods.Count(static pod => pod.IsServing).ShouldBeGreaterThanOrEqualTo(replicas - budget, $"seed {seed}");
                cluster.Pods.Count().ShouldBeLessThanOrEqualTo(replicas + surge, $"seed {seed}");
                cluster.Reap();
                if (chance.Next(2) == 0)
                    cluster.AllReady();
            }
            cluster.SettleReady();
            cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(
                Enumerable.Range(0, replicas).Select(static group => $"ms-{group}-engine-0-0"), $"seed {seed}");
            cluster.Pods.Count(static pod => pod.Containers[0].Image == "engine:1").ShouldBe(partition, $"seed {seed}");
        }
    }

    [Fact]
    public void Paused_ReplacesNothingAndBuildsAtTheOldRevision_UntilItGoesOn()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2, extra: Pace("\"maxUnavailable\": 1")));
        cluster.EditSpec(static spec => spec["rolloutStrategy"]!["paused"] = true);
        cluster.SetImage("engine:2");
        cluster.EditSpec(static spec => spec["replicas"] = 3);
        cluster.SettleReady();
        Images(cluster).ShouldAllBe(static pod => pod.EndsWith("engine:1", StringComparison.Ordinal));
        Condition(cluster, "UpdateInProgress")!.Reason.ShouldBe("RolloutPaused");
        Condition(cluster, "UpdateInProgress")!.Message.ShouldBe("The rollout is paused. Updated Groups are: []");
        Condition(cluster, "Available")!.IsTrue.ShouldBeTrue();
        cluster.EditSpec(static spec => spec["rolloutStrategy"]!["paused"] = false);
        cluster.SettleReady();
        Images(cluster).ShouldAllBe(static pod => pod.EndsWith("engine:2", StringComparison.Ordinal));
    }

    [Fact]
    public void Deadline_WithoutProgress_IsToldAndSurvivesARestart()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        cluster.SetImage("broken:1");
        cluster.Settle();
        Condition(cluster, "RolloutStalled")!.IsTrue.ShouldBeFalse();
        cluster.Now += TimeSpan.FromMinutes(9);
        cluster.ForgetGrains();
        cluster.Settle();
        Condition(cluster, "RolloutStalled")!.IsTrue.ShouldBeFalse();
        cluster.Now += TimeSpan.FromMinutes(1);
        cluster.Settle();
        Condition(cluster, "RolloutStalled")!.Reason.ShouldBe("ProgressDeadlineExceeded");
        cluster.SettleReady();
        Condition(cluster, "RolloutStalled").ShouldBeNull();
    }

    [Fact]
    public void HistoryLimit_KeepsThatManyUnusedRevisions()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(extra: "\"revisionHistoryLimit\": 2,"));
        for (int image = 2; image < 7; image++)
        {
            cluster.SetImage($"engine:{image}");
            cluster.SettleReady();
        }
        cluster.Revisions.Count().ShouldBe(3);
    }

    [Fact]
    public void PrunedFields_OfUpstreamsDefinition_AreTold()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        cluster.Annotate("ModelServing", "ms", "kubectl.kubernetes.io/last-applied-configuration", """
            { "spec": { "revisionHistoryLimit": 3, "rolloutStrategy": { "rollingUpdateConfiguration": { "maxSurge": 1 } } } }
            """);
        cluster.Settle();
        Condition(cluster, "FieldsPruned")!.Message.ShouldEndWith(
            "drops: spec.revisionHistoryLimit, spec.rolloutStrategy.rollingUpdateConfiguration.maxSurge");
        cluster.EditSpec(static spec => spec["revisionHistoryLimit"] = 3);
        cluster.Settle();
        Condition(cluster, "FieldsPruned")!.Message.ShouldEndWith("drops: spec.rolloutStrategy.rollingUpdateConfiguration.maxSurge");
    }

    [Theory]
    [InlineData("""{ "template": { "roles": [] } }""", "no role")]
    [InlineData("""{ "template": {} }""", "no role")]
    [InlineData("""{ "replicas": -1 }""", "spec.replicas: negative")]
    [InlineData("""{ "recoveryPolicy": "ServingGroupRecreate", "rolloutStrategy": { "type": "RoleRollingUpdate" } }""", "whole groups")]
    [InlineData("""{ "template": { "roles": [ { "name": "a", "entryTemplate": {} }, { "name": "a", "entryTemplate": {} } ] } }""", "there twice")]
    [InlineData("""{ "template": { "roles": [ { "name": "A", "entryTemplate": {} } ] } }""", "no DNS label")]
    [InlineData("""{ "template": { "roles": [ { "name": "a", "workerReplicas": 1, "entryTemplate": {} } ] } }""", "workerTemplate: missing")]
    public void InvalidSpec_PastAdmission_IsToldAndTouchesNothing(string change, string problem)
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles());
        string[] before = [.. cluster.Pods.Select(static pod => pod.Metadata.Uid)];
        JsonObject spec = JsonNode.Parse(Specs.TwoRoles())!.AsObject();
        cluster.EditSpec(present =>
        {
            foreach ((string field, JsonNode? value) in JsonNode.Parse(change)!.AsObject())
                present[field] = value!.DeepClone();
        });
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(before);
        Condition(cluster, "Invalid")!.Message.ShouldContain(problem);
        cluster.EditSpec(present =>
        {
            present.Clear();
            foreach ((string field, JsonNode? value) in spec)
                present[field] = value!.DeepClone();
        });
        cluster.SettleReady();
        Condition(cluster, "Invalid").ShouldBeNull();
        cluster.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(before);
    }

    [Fact]
    public void Rollback_ToAStoredRevision_BringsItsTemplatesBackAndKeepsTheScale()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 1));
        string old = cluster.Current.Status.UpdateRevision;
        cluster.SetImage("engine:2");
        cluster.EditSpec(static spec => spec["template"]!["roles"]![0]!["replicas"] = 3);
        cluster.SettleReady();
        string left = cluster.Current.Status.UpdateRevision;
        RawJson patch = Rollback.Patch(cluster.Current, cluster.Revisions.Single(revision => revision.Metadata.Labels[ServingLabels.Revision] == old));
        JsonNode json = JsonNode.Parse(patch.Utf8.Span)!;
        ((string?)json["metadata"]!["annotations"]![ServingLabels.RollbackFrom]).ShouldBe(left);
        cluster.EditSpec(spec => spec["template"]!["roles"] = json["spec"]!["template"]!["roles"]!.DeepClone());
        cluster.SettleReady();
        cluster.Current.Status.UpdateRevision.ShouldBe(old);
        cluster.Pods.Count(static pod => pod.Containers[0].Image == "engine:1").ShouldBe(3);
        Should.Throw<ArgumentException>(() => Rollback.Patch(cluster.Current, cluster.Revisions.First() with { Metadata = new ObjectMeta { Name = "x" } }));
    }

    private static string Pace(string configuration) =>
        $"\"rolloutStrategy\": {{ \"type\": \"ServingGroupRollingUpdate\", \"rollingUpdateConfiguration\": {{ {configuration} }} }},";

    private static string[] Images(ToyCluster cluster) =>
        [.. cluster.Pods.Select(static pod => $"{pod.Metadata.Name} {pod.Containers[0].Image}")];

    private static Condition? Condition(ToyCluster cluster, string type) =>
        cluster.Current.Status.Conditions.FirstOrDefault(condition => condition.Type == type);

    [Fact]
    public void BrokenRevision_WholeOldGroupLostMeanwhile_ComesBackAtItsOldRevision()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 4));
        string old = cluster.Current.Status.CurrentRevision;
        cluster.SetImage("broken:1");
        cluster.Settle();
        cluster.Pods.Count(static pod => !pod.IsReady).ShouldBe(1);

        cluster.Lose("ms-0-engine-0-0");
        cluster.Lose("ms-1-engine-0-0");
        cluster.Settle();
        RevisionsByPod(cluster).ShouldBe([old, old, old, cluster.Current.Status.UpdateRevision]);

        // Mended: the rollout goes on, and ends with every group new.
        cluster.SettleReady();
        RevisionsByPod(cluster).Distinct().ShouldBe([cluster.Current.Status.UpdateRevision]);
        cluster.Current.Status.UpdatedReplicas.ShouldBe(4);
    }

    [Fact]
    public void Rollout_WithRoomInItsBudget_BuildsALostGroupAtTheNewRevision()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
        cluster.SetImage("engine:2");
        cluster.Settle();
        cluster.AllReady();
        cluster.Lose("ms-0-engine-0-0");
        cluster.Settle();
        cluster.Pods.Single(static pod => pod.Metadata.Name == "ms-0-engine-0-0").Metadata.Labels[ServingLabels.Revision]
            .ShouldBe(cluster.Current.Status.UpdateRevision);
    }

    [Fact]
    public void BrokenRevision_ScaledUpMeanwhile_BuildsTheNewGroupsAtTheNewRevision()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        cluster.SetImage("engine:2");
        cluster.Settle();
        cluster.EditSpec(static spec => spec["replicas"] = 4);
        cluster.Settle();
        string update = cluster.Current.Status.UpdateRevision;
        RevisionsByPod(cluster).Skip(1).ShouldAllBe(revision => revision == update);
    }

    private static IEnumerable<string?> RevisionsByPod(ToyCluster cluster) =>
        cluster.Pods.Select(static pod => pod.Metadata.Labels[ServingLabels.Revision]);
}
