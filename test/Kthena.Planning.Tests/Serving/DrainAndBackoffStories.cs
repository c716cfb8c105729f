using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>How pods go without harm, and how those that will not run are told of and left in peace.</summary>
public sealed class DrainAndBackoffStories
{
    [Fact]
    public void Rollout_OfAServingPod_MarksItBeforeItIsDeleted()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(), drainSeconds: 5);
        cluster.SetImage("engine:2");
        DateTimeOffset before = cluster.Now;
        cluster.Story.Clear();
        cluster.Settle();
        cluster.Story.SkipWhile(static step => step != "delete group 0").Take(4).ShouldBe(
            ["delete group 0", "patch Pod ms-0-engine-0-0", "delete Pod ms-0-engine-0-0", "patch ModelServing ms"]);
        (cluster.Now - before).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Drain_ControlPlaneRestartsMeanwhile_DoesNotBeginAnew()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2), drainSeconds: 100);
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        while (!cluster.Pods.Any(static pod => pod.IsDraining))
            cluster.Settle(stopAfterWrites: 1);
        cluster.Story.Clear();
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Story.ShouldNotContain("patch Pod ms-1-engine-0-0");
        cluster.Story.ShouldContain("delete Pod ms-1-engine-0-0");
        cluster.Pods.Count().ShouldBe(1);
        cluster.Pods.Single().IsDraining.ShouldBeFalse();
    }

    [Fact]
    public void UnreadyVictim_IsDeletedAtOnce()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2), drainSeconds: 1000);
        cluster.SetReady("ms-1-engine-0-0", isReady: false);
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        DateTimeOffset before = cluster.Now;
        cluster.Settle();
        cluster.Pods.Count().ShouldBe(1);
        (cluster.Now - before).ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("RoleRecreate")]
    [InlineData("ServingGroupRecreate")]
    public void W15_CrashLoop_WaitsLongerEachTimeAndSaysSo(string policy)
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers($"\"recoveryPolicy\": \"{policy}\","));
        var waits = new List<int>();
        for (int crash = 0; crash < 8; crash++)
        {
            cluster.AllReady();
            cluster.Settle();
            string[] before = [.. cluster.Pods.Select(static pod => pod.Metadata.Uid)];
            cluster.Now += TimeSpan.FromSeconds(1);
            cluster.SetReady("ms-0-engine-0-1", isReady: false, restarts: 1);
            DateTimeOffset failed = cluster.Now;
            if (crash == 4)
                cluster.ForgetGrains();
            cluster.Settle();
            cluster.Pods.Select(static pod => pod.Metadata.Uid).Intersect(before).ShouldBeEmpty();
            waits.Add((int)((cluster.Now - failed).TotalSeconds / 10) * 10);
        }
        waits.ShouldBe([0, 10, 20, 40, 80, 160, 300, 300]);
        cluster.Events.ShouldContain(static happening => happening.Reason == "CrashLoop" && happening.IsWarning);
        cluster.AllReady();
        cluster.Settle();
        cluster.Now += TimeSpan.FromMinutes(11);
        cluster.SetReady("ms-0-engine-0-1", isReady: false, restarts: 1);
        DateTimeOffset last = cluster.Now;
        cluster.Settle();
        (cluster.Now - last).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("RoleRecreate", false, false)]
    [InlineData("RoleRecreate", true, false)]
    [InlineData("RoleRecreate", true, true)]
    [InlineData("ServingGroupRecreate", false, false)]
    [InlineData("ServingGroupRecreate", true, true)]
    public void CrashLoop_ControlPlaneRestartsAtAnyMoment_KeepsTheCount(string policy, bool hasWorkers, bool hasGrace)
    {
        string extra = $"\"recoveryPolicy\": \"{policy}\",";
        for (int writes = 1; writes < 16; writes++)
        {
            ToyCluster cluster = ToyCluster.Settled(hasWorkers ? Specs.WithWorkers(extra) : Specs.Simple(extra: extra));
            cluster.HasGrace = hasGrace;
            for (int crash = 0; crash < 3; crash++)
            {
                cluster.Now += TimeSpan.FromSeconds(1);
                cluster.SetReady("ms-0-engine-0-0", isReady: false, restarts: 1);
                if (crash == 2)
                    cluster.Settle(stopAfterWrites: writes);
                cluster.SettleReady();
            }
            cluster.Pods.ShouldAllBe(static pod => pod.IsReady && pod.Metadata.Annotations[ServingLabels.BackoffStep] == "3");
            cluster.Current.Metadata.Annotations.Pairs.ShouldNotContain(static pair => pair.Key.StartsWith(ServingLabels.BackoffOf));
        }
    }

    [Fact]
    public void BackoffCount_OfAnInstanceThatIsNotWantedAnyMore_IsTakenAway()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        foreach (string instance in (string[])["0.engine.0", "0.engine.7", "5.engine.0", "0.other.0", "nonsense"])
            cluster.Annotate("ModelServing", "ms", ServingLabels.BackoffOf + instance, "2");
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Current.Metadata.Annotations.Pairs.ShouldNotContain(static pair => pair.Key.StartsWith(ServingLabels.BackoffOf));
        cluster.Pods.Count().ShouldBe(2);
    }

    [Fact]
    public void CrashLoop_EndedByARollout_StartsAnew()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        for (int crash = 0; crash < 3; crash++)
        {
            cluster.SetReady("ms-0-engine-0-0", isReady: false, restarts: 1);
            cluster.SettleReady();
        }
        cluster.SetImage("engine:2");
        cluster.SettleReady();
        cluster.Pods.Single().Metadata.Annotations[ServingLabels.BackoffStep].ShouldBeNull();
    }

    [Theory]
    [InlineData("ImagePullBackOff", "ImagePullFailed", "cannot pull image 'acme/engine:2' of container c")]
    [InlineData("ErrImagePull", "ImagePullFailed", "cannot pull image 'acme/engine:2' of container c")]
    [InlineData("CreateContainerConfigError", "ContainerNotCreated", "cannot create container c: configmap \"settings\" not found")]
    public void WaitingContainer_IsToldOnceAsEventAndStandsAsCondition(string waiting, string reason, string told)
    {
        var cluster = new ToyCluster(Specs.Simple());
        cluster.Settle();
        cluster.SetStatus("ms-0-engine-0-0", new JsonObject
        {
            ["phase"] = "Pending",
            ["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "c",
                ["image"] = "acme/engine:2",
                ["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = waiting, ["message"] = "configmap \"settings\" not found" } },
            }),
        });
        cluster.Settle();
        cluster.Settle();
        cluster.Events.Count(happening => happening.Reason == reason).ShouldBe(1);
        Condition(cluster, "RolesFailing")!.Reason.ShouldBe(reason);
        Condition(cluster, "RolesFailing")!.Message.ShouldEndWith(told);
        cluster.SettleReady();
        Condition(cluster, "RolesFailing").ShouldBeNull();
    }

    [Fact]
    public void UnschedulablePod_IsTold()
    {
        var cluster = new ToyCluster(Specs.Simple());
        cluster.Settle();
        cluster.SetStatus("ms-0-engine-0-0", new JsonObject
        {
            ["phase"] = "Pending",
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "PodScheduled", ["status"] = "False", ["reason"] = "Unschedulable" }),
        });
        cluster.Settle();
        Condition(cluster, "RolesFailing")!.Message.ShouldBe("group 0 engine-0: Unschedulable: no node takes pod ms-0-engine-0-0");
    }

    private static Condition? Condition(ToyCluster cluster, string type) =>
        cluster.Current.Status.Conditions.FirstOrDefault(condition => condition.Type == type);
}
