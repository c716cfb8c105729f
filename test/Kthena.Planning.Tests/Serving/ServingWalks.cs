using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>Seeded walks: pods get ready, unready, fail and vanish, specs change, everything crashes; then all must settle.</summary>
public sealed class ServingWalks
{
    private const int SeedCount = 80;

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
            string image = "engine:1";
            for (int step = 0; step < 25; step++)
                image = Disturb(cluster, chance, image);
            int before = -1;
            for (int round = 0; round < 30 && before != cluster.Writes; round++)
            {
                before = cluster.Writes;
                cluster.Settle();
                cluster.Reap();
                cluster.AllReady();
                cluster.Settle();
            }
            Verify(cluster, image, $"seed {seed}, policy {policy}: {string.Join("; ", cluster.Story.TakeLast(30))}");
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

    private static string Disturb(ToyCluster cluster, Random chance, string image)
    {
        string[] pods = [.. cluster.Pods.Where(static pod => pod.Metadata.DeletionTimestamp is null).Select(static pod => pod.Metadata.Name)];
        string? pod = pods.Length == 0 ? null : pods[chance.Next(pods.Length)];
        switch (chance.Next(10))
        {
            case 0 when pod is not null:
                cluster.Lose(pod);
                break;
            case 1 when pod is not null:
                cluster.SetReady(pod, isReady: false, phase: "Failed");
                break;
            case 2 when pod is not null:
                cluster.SetReady(pod, isReady: false);
                break;
            case 3:
                cluster.EditSpec(spec => spec["replicas"] = chance.Next(0, 5));
                break;
            case 4:
                image = $"engine:{chance.Next(1, 4)}";
                cluster.SetImage(image);
                break;
            case 5:
                cluster.EditSpec(spec => spec["template"]!["roles"]![0]!["replicas"] = chance.Next(0, 4));
                break;
            case 6:
                cluster.ForgetGrains();
                break;
            case 7:
                cluster.Reap();
                break;
            default:
                cluster.AllReady();
                break;
        }
        cluster.Settle(chance.Next(3) == 0 ? chance.Next(1, 6) : null);
        return image;
    }

    private static void Verify(ToyCluster cluster, string image, string context)
    {
        var serving = cluster.Current;
        int groups = serving.Spec.Replicas;
        int podsPerGroup = serving.Spec.Roles.Sum(static role => role.Replicas * role.PodsPerInstance);
        cluster.Pods.Count().ShouldBe(groups * podsPerGroup, context);
        cluster.Pods.Where(static pod => pod.Metadata.Labels[ServingLabels.Role] is "engine" or "prefill")
            .Where(static pod => pod.Metadata.Name.EndsWith("-0", StringComparison.Ordinal))
            .ShouldAllBe(pod => pod.Containers[0].Image == image, context);
        serving.Status.Replicas.ShouldBe(groups, context);
        serving.Status.AvailableReplicas.ShouldBe(groups, context);
        serving.Status.UpdatedReplicas.ShouldBe(groups, context);
        serving.Metadata.Annotations[ServingLabels.Operations].ShouldBeNull(context);
        int writes = cluster.Writes;
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Writes.ShouldBe(writes, context);
    }
}
