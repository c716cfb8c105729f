using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>What is reported.</summary>
public sealed class StatusStories
{
    [Fact]
    public void W13_ReplicasZero_FromTheStart_HasStatusAndSelectorAndCanGrow()
    {
        var cluster = new ToyCluster(Specs.Simple(replicas: 0));
        cluster.Settle();
        cluster.Current.Status.LabelSelector.ShouldBe(
            "modelserving.volcano.sh/entry=true,modelserving.volcano.sh/name=ms,"
            + "modelserving.volcano.sh/role=engine,modelserving.volcano.sh/role-id=engine-0");
        cluster.Current.Status.ObservedGeneration.ShouldBe(1);
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.Settle();
        cluster.Pods.Count().ShouldBe(1);
    }

    [Fact]
    public void W14_UnreadyPod_WithoutARestart_MakesTheGroupUnavailable()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        cluster.SetReady("ms-1-engine-0-0", isReady: false);
        cluster.Settle();
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
        cluster.Condition("Available")!.IsTrue.ShouldBeFalse();
        cluster.Condition("Progressing")!.Message.ShouldBe("Some groups is progressing: [1]");
    }
}
