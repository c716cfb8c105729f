using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>Looks with caches that are older than what the recorded steps follow from, and how the record tells.</summary>
public sealed class StaleLookStories
{
    [Fact]
    public void LookOlderThanTheRecord_BeginsNoStep_AndFillsWhatIsMissing()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
        cluster.IsAsNewAsTheRecord = false;
        cluster.SetImage("engine:2");
        cluster.Lose("ms-1-engine-0-0");
        cluster.Settle();
        Recorded(cluster).ShouldBe("");
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-1-engine-0-0", "ms-2-engine-0-0"], ignoreOrder: true);
        cluster.Pods.Single(static pod => pod.Metadata.Name == "ms-2-engine-0-0").Containers[0].Image.ShouldNotBe("engine:2");

        cluster.IsAsNewAsTheRecord = true;
        for (int round = 0; round < 4; round++)
        {
            cluster.AllReady();
            cluster.Settle();
        }
        cluster.Pods.ShouldAllBe(static pod => pod.Containers[0].Image == "engine:2");
    }

    [Fact]
    public void LookOlderThanTheRecord_ScalesDownNothing()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
        cluster.IsAsNewAsTheRecord = false;
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.Settle();
        cluster.Pods.Count().ShouldBe(3);
        cluster.IsAsNewAsTheRecord = true;
        cluster.Settle();
        cluster.Pods.Count().ShouldBe(1);
    }

    /// <summary>It may see neither the pods that a step takes away nor that they are gone: only who knows as much can tell these apart.</summary>
    [Fact]
    public void LookOlderThanTheRecord_EndsNoStep()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.Settle(stopAfterWrites: 1);
        cluster.IsAsNewAsTheRecord = false;
        cluster.Settle();
        Recorded(cluster).ShouldContain("\"group\":1");
        cluster.IsAsNewAsTheRecord = true;
        cluster.Settle();
        Recorded(cluster).ShouldBe("");
    }

    [Fact]
    public void Record_SaysHowFarPodsWereKnown_AndNeverLess()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 3));
        PodsSeen(cluster).ShouldBe(0);
        cluster.PodsSeen = 40;
        cluster.EditSpec(static spec => spec["replicas"] = 2);
        cluster.Settle();
        Recorded(cluster).ShouldBe("");
        PodsSeen(cluster).ShouldBe(40);
        cluster.PodsSeen = 30;
        cluster.EditSpec(static spec => spec["replicas"] = 1);
        cluster.Settle();
        PodsSeen(cluster).ShouldBe(40);
    }

    private static string Recorded(ToyCluster cluster) => cluster.Current.Metadata.Annotations[ServingLabels.Operations] ?? "";

    private static long PodsSeen(ToyCluster cluster) => StepRecord.Of(cluster.Current.Metadata.Annotations).PodsSeen;
}
