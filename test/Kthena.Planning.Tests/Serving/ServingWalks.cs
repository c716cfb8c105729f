using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>Seeded walks: pods get ready, unready, fail and vanish, specs change, everything crashes; then all must settle.</summary>
public sealed class ServingWalks
{
    private static readonly int SeedCount = Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full" ? 2000 : 80;

    [Fact]
    public void AnyWalk_AfterTheLastDisturbance_SettlesAsWanted()
    {
        for (int seed = 0; seed < SeedCount; seed++)
        {
            var chance = new Random(seed);
            string policy = new[] { "RoleRecreate", "ServingGroupRecreate", "None" }[chance.Next(3)];
            string extra = $"\"recoveryPolicy\": \"{policy}\"," + (policy != "ServingGroupRecreate" && chance.Next(2) == 0
                ? "\"rolloutStrategy\": { \"type\": \"RoleRollingUpdate\" },"
                : $"\"rolloutStrategy\": {{ \"type\": \"ServingGroupRollingUpdate\", \"rollingUpdateConfiguration\": {{ \"maxUnavailable\": {chance.Next(1, 3)} }} }},");
            var cluster = new ToyCluster(chance.Next(2) == 0 ? Specs.TwoRoles(extra, replicas: 3) : Specs.WithWorkers(extra), chance.Next(2)) { HasGrace = chance.Next(2) == 0 };
            for (int step = 0; step < 25; step++)
                cluster.Disturb(chance);
            int before = -1;
            for (int round = 0; round < 30 && before != cluster.Writes; round++)
            {
                before = cluster.Writes;
                cluster.Settle();
                cluster.Reap();
                cluster.AllReady();
                cluster.Settle();
            }
            Verify(cluster, $"seed {seed}, policy {policy}: {string.Join("; ", cluster.Story.TakeLast(30))}");
        }
    }

    [Fact]
    public void AnyRollout_WithCrashes_NeverGoesBelowItsBudgetNorTouchesThePartition()
    {
        for (int seed = 0; seed < SeedCount; seed++)
        {
            var chance = new Random(seed);
            int replicas = chance.Next(1, 6);
            int budget = chance.Next(1, replicas + 1);
            int partition = chance.Next(0, replicas + 1);
            var cluster = new ToyCluster(Specs.Simple(replicas, extra: $$"""
                "rolloutStrategy": { "type": "ServingGroupRollingUpdate",
                  "rollingUpdateConfiguration": { "maxUnavailable": {{budget}}, "partition": {{partition}} } },
                """)) { HasGrace = chance.Next(2) == 0 };
            cluster.Settle();
            cluster.AllReady();
            cluster.Settle();
            cluster.SetImage("engine:2");
            for (int round = 0; round < 4 * replicas + 4; round++)
            {
                cluster.Settle(chance.Next(3) == 0 ? chance.Next(1, 5) : null);
                cluster.Pods.Count(static pod => pod.IsServing).ShouldBeGreaterThanOrEqualTo(replicas - budget, $"seed {seed}");
                cluster.Reap();
                if (chance.Next(2) == 0)
                    cluster.AllReady();
            }
            for (int round = 0; round < 3 * replicas; round++)
            {
                cluster.Settle();
                cluster.Reap();
                cluster.AllReady();
            }
            cluster.Settle();
            cluster.Pods.Count(static pod => pod.Containers[0].Image == "engine:1").ShouldBe(partition, $"seed {seed}");
            cluster.Pods.Count().ShouldBe(replicas, $"seed {seed}");
        }
    }

    private static void Verify(ToyCluster cluster, string context)
    {
        var serving = cluster.Current;
        int groups = serving.Spec.Replicas;
        int podsPerGroup = serving.Spec.Roles.Sum(static role => role.Replicas * role.PodsPerInstance);
        cluster.Pods.Count().ShouldBe(groups * podsPerGroup, context);
        Dictionary<string, string> images = cluster.WantedImages();
        cluster.Pods.Where(static pod => pod.Metadata.Labels[ServingLabels.Entry] is not null)
            .ShouldAllBe(pod => pod.Containers[0].Image == images[pod.Metadata.Labels[ServingLabels.Role]!], context);
        serving.Status.Replicas.ShouldBe(groups, context);
        serving.Status.AvailableReplicas.ShouldBe(groups, context);
        serving.Status.UpdatedReplicas.ShouldBe(groups, context);
        serving.Metadata.Annotations[ServingLabels.Operations].ShouldBeNull(context);
        // Groups of no pods at all are remembered by nobody: others may take their place in the status.
        if (podsPerGroup == 0)
            return;
        int writes = cluster.Writes;
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Writes.ShouldBe(writes, context);
    }
}
