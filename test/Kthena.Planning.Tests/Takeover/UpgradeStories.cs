using System.Text.Json.Nodes;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Takeover;

/// <summary>This control plane takes the place of volcano-sh/kthena over a fleet that runs.</summary>
public sealed class UpgradeStories
{
    private const string RoleRolling = "\"rolloutStrategy\": { \"type\": \"RoleRollingUpdate\" },";

    /// <summary>Pods with a role hash, gang annotations, a bare list as revision data.</summary>
    public static TheoryData<bool, bool, bool> Releases => new()
    {
        { true, true, false },
        { true, false, false },
        { false, true, false },
        { false, false, true },
    };

    [Theory]
    [MemberData(nameof(Releases))]
    public void RunningFleet_OfAnyRelease_IsAdoptedWithoutAWriteOnIt(bool hasRoleHash, bool isGang, bool isBare)
    {
        ToyCluster cluster = Fleet(hasRoleHash, isGang, revision => revision.ControllerRevision(isBare));
        string[] before = Versions(cluster);
        cluster.SettleReady();
        Versions(cluster).ShouldBe(before);
        cluster.Story.Where(static step => !step.StartsWith("keep", StringComparison.Ordinal)).ShouldBeEmpty();
        cluster.Current.Status.UpdateRevision.ShouldBe(UpstreamObjects.Revision);
        cluster.Current.Status.AvailableReplicas.ShouldBe(UpstreamObjects.Groups);
        cluster.Current.Status.UpdatedReplicas.ShouldBe(UpstreamObjects.Groups);
        cluster.ForgetGrains();
        cluster.SettleReady();
        Versions(cluster).ShouldBe(before);
    }

    [Fact]
    public void RunningFleet_UnderVolcano_IsAdoptedWithItsPodGroups()
    {
        ToyCluster cluster = Fleet(hasRoleHash: true, isGang: true, static revision => revision.ControllerRevision());
        foreach (JsonObject group in new UpstreamObjects(cluster.Current.Metadata.Uid).PodGroups())
            cluster.Add(group);
        cluster.PodGroupSupport = PodGroupFeatures.MinTaskMember | PodGroupFeatures.Topology | PodGroupFeatures.TierName
            | PodGroupFeatures.SubGroups | PodGroupFeatures.MinSubGroups | PodGroupFeatures.SubGroupTopology;
        string[] before = [.. Versions(cluster), .. cluster.PodGroups.Select(static group => group.Metadata.ResourceVersion)];
        cluster.SettleReady();
        string[] after = [.. Versions(cluster), .. cluster.PodGroups.Select(static group => group.Metadata.ResourceVersion)];
        after.ShouldBe(before);
        cluster.Current.Status.AvailableReplicas.ShouldBe(UpstreamObjects.Groups);
    }

    [Fact]
    public void RunningFleet_WithoutItsRevision_IsAdoptedByWhatTheStatusObserved()
    {
        ToyCluster cluster = Fleet(hasRoleHash: true, isGang: false, revision: null);
        string[] before = Versions(cluster);
        cluster.SettleReady();
        Versions(cluster).ShouldBe(before);
        cluster.Revisions.ShouldHaveSingleItem().Metadata.Name.ShouldBe($"ms-{UpstreamObjects.Revision}");
        cluster.SetImage("vllm:2");
        cluster.SettleReady();
        cluster.Current.Status.UpdatedReplicas.ShouldBe(UpstreamObjects.Groups);
        cluster.Pods.ShouldAllBe(static pod => pod.Metadata.Labels[ServingLabels.Revision] != UpstreamObjects.Revision);
    }

    [Fact]
    public void RunningFleet_OfAnotherContent_IsRolled()
    {
        ToyCluster cluster = Fleet(hasRoleHash: true, isGang: false, static revision => revision.ControllerRevision(image: "vllm:0"));
        cluster.SettleReady();
        cluster.Current.Status.UpdatedReplicas.ShouldBe(UpstreamObjects.Groups);
        cluster.Pods.ShouldAllBe(static pod => pod.Metadata.Labels[ServingLabels.Revision] != UpstreamObjects.Revision);
    }

    [Fact]
    public void RestartsOfBefore_OfPodsThatServe_AreNoFailures()
    {
        ToyCluster cluster = Fleet(hasRoleHash: true, isGang: false, static revision => revision.ControllerRevision());
        cluster.SetReady("ms-0-prefill-0-1", restarts: 3);
        string[] before = Versions(cluster);
        cluster.SettleReady();
        Versions(cluster).ShouldBe(before);
    }

    [Theory]
    [InlineData("ms-0-prefill-0-1")]
    [InlineData("ms-0-prefill-0-0")]
    public void AdoptedInstance_ThatLosesAPod_IsRebuiltAsAWhole(string lost)
    {
        ToyCluster cluster = Fleet(hasRoleHash: false, isGang: false, static revision => revision.ControllerRevision());
        cluster.SettleReady();
        string[] before = cluster.Uids;
        cluster.Lose(lost);
        cluster.ForgetGrains();
        cluster.SettleReady();
        cluster.Uids.Length.ShouldBe(before.Length);
        cluster.Uids.Intersect(before).Count().ShouldBe(before.Length - 2);
        cluster.Pods.ShouldAllBe(static pod => pod.Metadata.Labels[ServingLabels.Revision] == UpstreamObjects.Revision);
    }

    [Fact]
    public void AdoptedInstance_BuiltAnewUnderEveryCrash_ComesToRest()
    {
        for (int crash = 1; crash <= 8; crash++)
        {
            ToyCluster cluster = Fleet(hasRoleHash: true, isGang: false, static revision => revision.ControllerRevision());
            cluster.Lose("ms-1-prefill-1-0");
            cluster.Settle(stopAfterWrites: crash);
            cluster.SettleReady();
            cluster.Uids.Length.ShouldBe(10, $"crash after {crash}");
            cluster.Current.Status.AvailableReplicas.ShouldBe(UpstreamObjects.Groups, $"crash after {crash}");
        }
    }

    [Fact]
    public void RoleRolloutAfterwards_TouchesOnlyTheRoleThatChanged()
    {
        ToyCluster cluster = Fleet(hasRoleHash: true, isGang: false, static revision => revision.ControllerRevision(), RoleRolling);
        cluster.SettleReady();
        string[] decode = [.. cluster.Pods.Where(static pod => pod.Metadata.Labels[ServingLabels.Role] == "decode").Select(static pod => pod.Metadata.Uid)];
        cluster.SetImage("vllm:2");
        cluster.SettleReady();
        cluster.Pods.Where(static pod => pod.Metadata.Labels[ServingLabels.Role] == "decode").Select(static pod => pod.Metadata.Uid).ShouldBe(decode);
        cluster.Pods.Where(static pod => pod.Metadata.Labels[ServingLabels.Role] == "prefill" && pod.Metadata.Labels[ServingLabels.Entry] is not null)
            .ShouldAllBe(static pod => pod.Containers[0].Image == "vllm:2");
        cluster.Current.Status.UpdatedReplicas.ShouldBe(UpstreamObjects.Groups);
    }

    [Theory]
    [InlineData("terminationGracePeriodSeconds", "30")]
    [InlineData("hostNetwork", "true")]
    public void ChangeOfAFieldWhereZeroMeansSomething_IsSeen(string field, string value)
    {
        ToyCluster cluster = Fleet(hasRoleHash: true, isGang: false, static revision => revision.ControllerRevision());
        string[] before = cluster.Uids;
        cluster.EditSpec(spec => spec["template"]!["roles"]![0]!["entryTemplate"]!["spec"]![field] = JsonNode.Parse(value));
        cluster.SettleReady();
        cluster.Uids.Intersect(before).ShouldBeEmpty();
    }

    private static ToyCluster Fleet(bool hasRoleHash, bool isGang, Func<UpstreamObjects, JsonObject>? revision, string extra = "")
    {
        var cluster = new ToyCluster(UpstreamObjects.Spec(extra).ToJsonString());
        var upstream = new UpstreamObjects(cluster.Current.Metadata.Uid);
        if (revision is not null)
            cluster.Add(revision(upstream));
        foreach (JsonObject json in upstream.Services().Concat(upstream.Pods(hasRoleHash, isGang)))
            cluster.Add(json);
        cluster.SetServingStatus(UpstreamObjects.Status(generation: 1));
        cluster.AllReady();
        return cluster;
    }

    private static string[] Versions(ToyCluster cluster) =>
    [
        .. cluster.Pods.Select(static pod => $"{pod.Metadata.Name} {pod.Metadata.ResourceVersion}"),
        .. cluster.Services.Select(static service => $"{service.Metadata.Name} {service.Metadata.ResourceVersion}"),
    ];
}
