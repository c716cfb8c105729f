using Kthena.Grains.Bridge;
using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Grains.Tests.Bridge;

public sealed class ChangeRoutesTests
{
    private static readonly ObjectMeta OfARole = new()
    {
        Namespace = "ns",
        Name = "a-b-12-prefill-long-3-0",
        Labels = LabelSet.Of(
            (ServingLabels.Name, "a-b"),
            (ServingLabels.GroupName, "a-b-12"),
            (ServingLabels.Role, "prefill-long"),
            (ServingLabels.RoleId, "prefill-long-3")),
    };

    [Fact]
    public void Pod_OfARole_GoesToTheRoleAndTheRoutingTable() =>
        ChangeRoutes.TargetsOf(ResourceKinds.Pod, OfARole).ShouldBe(
            [new(ChangeTargetKind.Role, "ns/a-b/12/prefill-long/3"), new(ChangeTargetKind.RoutingTable, "")]);

    [Fact]
    public void Pod_OfNobody_GoesToTheRoutingTableAlone() =>
        ChangeRoutes.TargetsOf(ResourceKinds.Pod, new ObjectMeta { Namespace = "ns", Name = "x" }).ShouldBe([new(ChangeTargetKind.RoutingTable, "")]);

    [Fact]
    public void Service_OfARole_GoesToTheRole() =>
        ChangeRoutes.TargetsOf(ResourceKinds.Service, OfARole).ShouldBe([new(ChangeTargetKind.Role, "ns/a-b/12/prefill-long/3")]);

    [Fact]
    public void Service_OfALeaderWorkerSet_GoesToTheSet() =>
        ChangeRoutes.TargetsOf(ResourceKinds.Service, new ObjectMeta
        {
            Namespace = "ns",
            Name = "story",
            Labels = LabelSet.Of((ServingLabels.GroupName, "story")),
            OwnerReferences = [new OwnerReference("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "story", "u", IsController: true)],
        }).ShouldBe([new ChangeTarget(ChangeTargetKind.LeaderWorkerSet, "ns/story")]);

    [Fact]
    public void ControllerRevision_OfAServing_GoesToTheServing() =>
        ChangeRoutes.TargetsOf(ResourceKinds.ControllerRevision, OfARole).ShouldBe([new(ChangeTargetKind.ModelServing, "ns/a-b")]);

    [Theory]
    [InlineData("a-b-x", "prefill-long-3")]
    [InlineData("a-b-01", "prefill-long-3")]
    [InlineData("c-12", "prefill-long-3")]
    [InlineData("a-b-12", "prefill-long-")]
    [InlineData("a-b-12", "decode-3")]
    [InlineData("a-b--1", "prefill-long-3")]
    public void Labels_ThatContradictEachOther_NameNoRole(string group, string roleId)
    {
        LabelSet labels = LabelSet.From(OfARole.Labels.Pairs.Concat(
            [KeyValuePair.Create(ServingLabels.GroupName, group), KeyValuePair.Create(ServingLabels.RoleId, roleId)]));
        RoleKey.FromLabels("ns", labels).ShouldBeNull();
    }

    [Fact]
    public void Keys_WrittenAndRead_AreTheSame()
    {
        RoleKey key = RoleKey.FromLabels("ns", OfARole.Labels)!.Value;
        RoleKey.Parse(key.ToString()).ShouldBe(key);
        GroupKey.Parse(key.Group.ToString()).ShouldBe(key.Group);
        FactKeys.Of(FactIndex.RoleInstance, OfARole).ShouldBe("ns/a-b-12/prefill-long/prefill-long-3");
        key.PodName(0).ShouldBe(OfARole.Name);
    }

    [Fact]
    public void EveryKind_WithABridge_HasARoute()
    {
        foreach (ResourceKind kind in ChangeRoutes.Kinds)
            ChangeRoutes.TargetsOf(kind, OfARole).ShouldNotBeEmpty();
    }
}
