using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Upstream;

/// <summary>Defects that upstream mended in scaling and in what autoscalers read; the numbers are those of docs/compatibility.md.</summary>
public sealed class ScalingBugs
{
    [Fact]
    public void Bug16_RoleInstanceThatIsGoing_KeepsItsOrdinalTillItIsGone()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(roleReplicas: 2));
        cluster.HasGrace = true;
        Scale(cluster, 1);
        Scale(cluster, 2);
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-0-engine-1-0"]);
        cluster.Pods.Last().Metadata.DeletionTimestamp.ShouldNotBeNull();
        cluster.Reap();
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-0-engine-1-0"]);
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
    }

    [Fact]
    public void Bug16_GroupThatIsGoing_KeepsItsOrdinalTillItIsGone()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        cluster.HasGrace = true;
        foreach (int replicas in new[] { 1, 2 })
        {
            cluster.EditSpec(spec => spec["replicas"] = replicas);
            cluster.Settle();
        }
        cluster.Pods.Count().ShouldBe(2);
        cluster.Reap();
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Name).ShouldBe(["ms-0-engine-0-0", "ms-1-engine-0-0"]);
    }

    [Fact]
    public void Bug17_MoreGroupsThanMemory_AreOrderedAFewAtATime()
    {
        using JsonDocument json = JsonDocument.Parse($$"""
            { "metadata": { "name": "ms", "namespace": "ns", "uid": "ms" }, "spec": {{Specs.Simple(replicas: int.MaxValue)}} }
            """);
        ModelServing serving = ModelServing.Parse(json.RootElement);
        using JsonDocument stored = JsonDocument.Parse(RevisionSet.Build(serving, []).Store(serving).Body.Utf8);
        var observed = new ServingObservation(serving, RevisionSet.Build(serving, [ControllerRevision.Parse(stored.RootElement)]), []);

        ServingPlan plan = ModelServingPlanner.Plan(observed, ToyCluster.Start);

        plan.Orders.Length.ShouldBeInRange(1, 1000);
        plan.Orders.Select(static order => order.Ordinal).ShouldBe(Enumerable.Range(0, plan.Orders.Length));
        var told = plan.Orders.Select(static order => new GroupChild(new GroupSummary(order.Ordinal, []) { IsAssigned = true }, order.Assignment));
        ModelServingPlanner.Plan(new ServingObservation(serving, observed.Revisions, told), ToyCluster.Start).Orders.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bug17_MoreRoleInstancesThanMemory_AreOrderedAFewAtATime(bool isRoleRolling)
    {
        string rolling = isRoleRolling ? "\"rolloutStrategy\": { \"type\": \"RoleRollingUpdate\" }," : "";
        using JsonDocument json = JsonDocument.Parse($$"""
            { "metadata": { "name": "ms", "namespace": "ns", "uid": "ms" }, "spec": {{Specs.Simple(roleReplicas: int.MaxValue, extra: rolling)}} }
            """);
        ModelServing serving = ModelServing.Parse(json.RootElement);
        using JsonDocument stored = JsonDocument.Parse(RevisionSet.Build(serving, []).Store(serving).Body.Utf8);
        var observed = new ServingObservation(serving, RevisionSet.Build(serving, [ControllerRevision.Parse(stored.RootElement)]), []);
        GroupOrder group = ModelServingPlanner.Plan(observed, ToyCluster.Start).Orders.ShouldHaveSingleItem();

        GroupPlan plan = ServingGroupPlanner.Plan(0, group.Assignment, []);

        plan.Orders.Length.ShouldBeInRange(1, 1000);
        var told = plan.Orders.Select(static order => new RoleChild(
            new RoleSummary(order.Role, order.Ordinal, RolePhase.Absent) { IsAssigned = true }, order.Assignment));
        ServingGroupPlanner.Plan(0, group.Assignment, told).Orders.ShouldBeEmpty();
    }

    [Fact]
    public void Bug44_SelectorOfTheScale_MatchesOnePodOfEachGroup()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles(replicas: 3));
        string[][] pairs = [.. cluster.Current.Status.LabelSelector.Split(',').Select(static pair => pair.Split('='))];
        cluster.Pods.Where(pod => pairs.All(pair => pod.Metadata.Labels[pair[0]] == pair[1]))
            .Select(static pod => pod.Metadata.Labels[ServingLabels.GroupName]).ShouldBe(["ms-0", "ms-1", "ms-2"]);
    }

    [Fact]
    public void Bug45_Selector_IsThereBeforeAnyGroup()
    {
        var cluster = new ToyCluster(Specs.TwoRoles(replicas: 0));
        cluster.Settle();
        LabelSet.From(cluster.Current.Status.LabelSelector.Split(',').Select(static pair => pair.Split('='))
            .Select(static pair => KeyValuePair.Create(pair[0], pair[1])))[ServingLabels.RoleId].ShouldBe("prefill-0");
    }

    private static void Scale(ToyCluster cluster, int replicas)
    {
        cluster.EditSpec(spec => spec["template"]!["roles"]![0]!["replicas"] = replicas);
        cluster.Settle();
    }
}
