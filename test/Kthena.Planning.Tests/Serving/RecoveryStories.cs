using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>What fails or is lost is rebuilt, whatever crashes meanwhile.</summary>
public sealed class RecoveryStories
{
    [Fact]
    public void RoleRecreate_FailedPod_RebuildsTheInstanceEvidenceLast()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers());
        cluster.SetReady("ms-0-engine-0-1", isReady: false, restarts: 1);
        cluster.Story.Clear();
        cluster.Settle();
        cluster.Story.ShouldBe(
        [
            "patch ModelServing ms",
            "delete Pod ms-0-engine-0-2",
            "delete Pod ms-0-engine-0-0",
            "delete Pod ms-0-engine-0-1",
            "create Pod ms-0-engine-0-0",
            "create Pod ms-0-engine-0-1",
            "create Pod ms-0-engine-0-2",
            "patch Pod ms-0-engine-0-0",
            "patch ModelServing ms",
        ]);
        cluster.Events.ShouldContain(static happening => happening.Reason == "RoleFailed" && happening.IsWarning);
    }

    [Theory]
    [InlineData("ms-0-engine-0-0")]
    [InlineData("ms-0-engine-0-2")]
    public void RoleRecreate_LostPod_RebuildsTheInstanceEvenAfterARestart(string lost)
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers());
        string[] before = cluster.Uids;
        cluster.ForgetGrains();
        cluster.Lose(lost);
        cluster.Settle();
        cluster.Uids.Length.ShouldBe(3);
        cluster.Uids.Intersect(before).ShouldBeEmpty();
    }

    [Fact]
    public void RoleRecreate_CrashAfterEveryWrite_EndsAsUndisturbed()
    {
        for (int crash = 1; crash <= 8; crash++)
        {
            ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers());
            string[] before = cluster.Uids;
            cluster.SetReady("ms-0-engine-0-1", isReady: false, phase: "Failed");
            cluster.Settle(stopAfterWrites: crash);
            cluster.Settle();
            cluster.Uids.Length.ShouldBe(3, $"crash after {crash}");
            cluster.Uids.Intersect(before).ShouldBeEmpty($"crash after {crash}");
        }
    }

    [Fact]
    public void ServingGroupRecreate_FailedPod_RebuildsTheWholeGroupWhateverCrashes()
    {
        for (int crash = 1; crash <= 8; crash++)
        {
            ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles("\"recoveryPolicy\": \"ServingGroupRecreate\","));
            string[] before = cluster.Uids;
            cluster.HasGrace = true;
            cluster.SetReady("ms-0-decode-1-0", isReady: false, phase: "Failed");
            cluster.Settle(stopAfterWrites: crash);
            cluster.Settle();
            cluster.Reap();
            cluster.Settle();
            cluster.Uids.Length.ShouldBe(3, $"crash after {crash}");
            cluster.Uids.Intersect(before).ShouldBeEmpty($"crash after {crash}");
        }
    }

    [Theory]
    [InlineData("ms-0-decode-1-0", false)]
    [InlineData("ms-0-decode-1-0", true)]
    [InlineData("ms-0-prefill-0-0", true)]
    public void ServingGroupRecreate_OnlyPodOfARoleGoneAtOnce_RebuildsTheWholeGroupWhateverCrashes(string lost, bool forgets)
    {
        for (int crash = 1; crash <= 8; crash++)
        {
            ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles("\"recoveryPolicy\": \"ServingGroupRecreate\","));
            string[] before = cluster.Uids;
            if (forgets)
                cluster.ForgetGrains();
            cluster.Lose(lost);
            cluster.Settle(stopAfterWrites: crash);
            cluster.Settle();
            cluster.Uids.Length.ShouldBe(3, $"crash after {crash}");
            cluster.Uids.Intersect(before).ShouldBeEmpty($"crash after {crash}");
        }
    }

    [Fact]
    public void W12_RecoveryNone_DeletedPod_IsFilledIn()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers("\"recoveryPolicy\": \"None\","));
        string[] before = cluster.Uids;
        cluster.Lose("ms-0-engine-0-1");
        cluster.Settle();
        cluster.Uids.Length.ShouldBe(3);
        cluster.Uids.Intersect(before).Count().ShouldBe(2);
    }

    [Fact]
    public void RecoveryNone_RestartedPod_IsLeftAlone()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.WithWorkers("\"recoveryPolicy\": \"None\","));
        string[] before = cluster.Uids;
        cluster.SetReady("ms-0-engine-0-1", isReady: false, restarts: 3);
        cluster.Settle();
        cluster.Uids.ShouldBe(before);
        cluster.Current.Status.AvailableReplicas.ShouldBe(0);
    }
}
