using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>Properties over specs and observations by chance, both levels at once.</summary>
public sealed class SpecWalks
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full";
    private static readonly int SeedCount = IsFull ? 2000 : 40;

    /// <summary>The first ones, and those that once failed. 639: an instance was built while its group did not know yet of its rebuild.</summary>
    private static readonly int[] Seeds = [.. Enumerable.Range(0, SeedCount).Append(639).Distinct()];

    [Fact]
    public void AnySpec_DisturbedAndChanged_ComesToRestAsItSays()
    {
        foreach (int seed in Seeds)
        {
            ToyCluster cluster = Walk(seed, shuffles: false);
            string context = $"seed {seed}: {cluster.Current.Spec.RolloutStrategy} {string.Join("; ", cluster.Story.TakeLast(25))}";
            Dictionary<string, int> wanted = cluster.Current.Spec.Roles.ToDictionary(
                static role => role.Name, role => cluster.Current.Spec.Replicas * role.Replicas * role.PodsPerInstance);
            foreach ((string role, int pods) in wanted)
                cluster.Pods.Count(pod => pod.Metadata.Labels[ServingLabels.Role] == role).ShouldBe(pods, context);
            cluster.Pods.Count().ShouldBe(wanted.Values.Sum(), context);
            cluster.Pods.ShouldAllBe(static pod => pod.IsServing, context);
            cluster.Current.Status.AvailableReplicas.ShouldBe(cluster.Current.Spec.Replicas, context);
            cluster.Current.Metadata.Annotations[ServingLabels.Operations].ShouldBeNull(context);
            Partitions(cluster, context);

            int writes = cluster.Writes;
            cluster.ForgetGrains();
            cluster.Settle();
            cluster.Writes.ShouldBe(writes, $"a satisfied state was written to, {context}");
        }
    }

    [Fact]
    public void AnySpec_SeenInAnotherOrder_GoesTheSameWay()
    {
        foreach (int seed in Seeds)
        {
            ToyCluster one = Walk(seed, shuffles: false);
            ToyCluster other = Walk(seed, shuffles: true);
            other.Story.ShouldBe(one.Story, $"seed {seed}");
            other.Events.Select(static happening => happening.Message).ShouldBe(one.Events.Select(static happening => happening.Message), $"seed {seed}");
        }
    }

    /// <summary>What no partition protects is what the spec wants now.</summary>
    private static void Partitions(ToyCluster cluster, string context)
    {
        ModelServingSpec spec = cluster.Current.Spec;
        bool isRole = spec.RolloutStrategy.IsRoleRollingUpdate;
        int partition = isRole ? 0 : spec.RolloutStrategy.Partition?.Resolve(spec.Replicas, roundUp: true) ?? 0;
        Dictionary<string, string> images = cluster.WantedImages();
        Dictionary<string, int> kept = spec.Roles.ToDictionary(
            static role => role.Name, role => isRole ? role.Partition?.Resolve(role.Replicas, roundUp: true) ?? 0 : 0);
        foreach (Pod pod in cluster.Pods.Where(static pod => pod.Metadata.Labels[ServingLabels.Entry] is not null))
        {
            RoleKey key = RoleKey.FromLabels("ns", pod.Metadata.Labels)!.Value;
            if (key.Group.Ordinal >= partition && key.Ordinal >= kept[key.Role])
                pod.Containers[0].Image.ShouldBe(images[key.Role], $"{pod.Metadata.Name}, {context}");
        }
    }

    private static ToyCluster Walk(int seed, bool shuffles)
    {
        var chance = new Random(seed);
        var cluster = new ToyCluster(Spec(chance).ToJsonString(), chance.Next(2))
        {
            HasGrace = chance.Next(2) == 0,
            Order = shuffles ? new Random(seed) : null,
        };
        for (int step = 0; step < 12; step++)
            cluster.Disturb(chance);
        for (int round = 0; round < 3; round++)
            cluster.SettleReady();
        return cluster;
    }

    private static JsonObject Spec(Random chance)
    {
        string policy = new[] { "RoleRecreate", "ServingGroupRecreate", "None" }[chance.Next(3)];
        bool isRole = policy != "ServingGroupRecreate" && chance.Next(2) == 0;
        var strategy = new JsonObject { ["type"] = isRole ? "RoleRollingUpdate" : "ServingGroupRollingUpdate" };
        if (isRole && chance.Next(2) == 0)
            strategy["groupsMaxUnavailable"] = Count(chance, least: 1);
        if (!isRole && chance.Next(3) > 0)
        {
            var configuration = new JsonObject { ["maxUnavailable"] = Count(chance, least: 1) };
            if (chance.Next(2) == 0)
                configuration["partition"] = Count(chance, least: 0);
            if (chance.Next(2) == 0)
                configuration["maxSurge"] = Count(chance, least: 0);
            strategy["rollingUpdateConfiguration"] = configuration;
        }
        var roles = new JsonArray();
        for (int role = chance.Next(3); role >= 0; role--)
        {
            int workers = chance.Next(3);
            var json = new JsonObject { ["name"] = $"r{role}", ["replicas"] = chance.Next(0, 3), ["workerReplicas"] = workers, ["entryTemplate"] = Template() };
            if (workers > 0)
                json["workerTemplate"] = Template();
            if (isRole)
                json["maxUnavailable"] = Count(chance, least: 1);
            if (isRole && chance.Next(3) == 0)
                json["partition"] = Count(chance, least: 0);
            roles.Add((JsonNode)json);
        }
        return new JsonObject
        {
            ["replicas"] = chance.Next(0, 4),
            ["recoveryPolicy"] = policy,
            ["rolloutStrategy"] = strategy,
            ["template"] = new JsonObject { ["roles"] = roles },
        };
    }

    private static JsonNode Count(Random chance, int least) =>
        chance.Next(2) == 0 ? chance.Next(least, 4) : $"{chance.Next(Math.Max(1, least * 20), 101)}%";

    private static JsonObject Template() => new()
    {
        ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "engine:1" }) },
    };
}
