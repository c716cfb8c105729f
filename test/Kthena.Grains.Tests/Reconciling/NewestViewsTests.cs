using Kthena.Contracts.Serving;
using Kthena.Grains.Reconciling;
using Kthena.Grains.Tests.Serving;
using Kthena.Model.Serving;

namespace Kthena.Grains.Tests.Reconciling;

/// <summary>Two activations of one role instance with caches of different age: what is seen with the older one misleads nobody.</summary>
public sealed class NewestViewsTests
{
    private readonly HandClock _clock = new();

    [Fact]
    public void OlderView_IsNotBelieved_WhileTheNewerOneSpokeLately()
    {
        var views = new NewestViews(_clock);
        views.Takes(0, Role("engine", view: 100)).ShouldBeTrue();
        views.Takes(0, Role("engine", view: 90)).ShouldBeFalse();
        views.Takes(0, Role("other", view: 90)).ShouldBeTrue();
        views.Takes(1, Role("engine", view: 90)).ShouldBeTrue();
        views.Takes(0, Role("engine", view: 100)).ShouldBeTrue();
        views.Takes(0, Role("engine", view: 101)).ShouldBeTrue();
    }

    /// <summary>As when the API server was given older data, whose versions begin lower.</summary>
    [Fact]
    public void OlderView_IsBelieved_WhenTheNewerOneIsSilentForLongerThanACacheIsBehind()
    {
        var views = new NewestViews(_clock);
        views.Takes(0, Role("engine", view: 100));
        _clock.Now += CacheGate.Patience + TimeSpan.FromTicks(1);
        views.Takes(0, Role("engine", view: 5)).ShouldBeTrue();
        views.Takes(0, Role("engine", view: 6)).ShouldBeTrue();
    }

    [Fact]
    public void SummaryOfAnOlderRelease_WithoutAView_IsBelieved()
    {
        var views = new NewestViews(_clock);
        views.Takes(0, Role("engine", view: 100));
        views.Takes(0, Role("engine", view: 0)).ShouldBeTrue();
    }

    [Fact]
    public void Group_OfTwoActivations_IsEachRoleAsItWasSeenLast()
    {
        var views = new NewestViews(_clock);
        GroupSummary first = views.Newest(null, Group(view: 110, Role("decode", view: 100, uid: "new"), Role("prefill", view: 90, uid: "old")));
        GroupSummary merged = views.Newest(first, Group(view: 120, Role("decode", view: 95, uid: "old"), Role("prefill", view: 96, uid: "new")));
        merged.Roles.Select(static role => (role.Role, role.PodUids[0])).ShouldBe([("decode", "new"), ("prefill", "new")]);
    }

    [Fact]
    public void Role_ThatAGroupDoesNotName_IsGone_UnlessTheGroupSawLess()
    {
        var views = new NewestViews(_clock);
        GroupSummary known = views.Newest(null, Group(view: 110, Role("decode", view: 100), Role("prefill", view: 100)));
        views.Newest(known, Group(view: 90, Role("prefill", view: 100))).Roles.Length.ShouldBe(2);
        views.Newest(known, Group(view: 115, Role("prefill", view: 100))).Roles.ShouldHaveSingleItem().Role.ShouldBe("prefill");
        views.Newest(Group(view: 115, Role("prefill", view: 100)), Group(view: 80, Role("decode", view: 80), Role("prefill", view: 100))).Roles.Length.ShouldBe(2);
    }

    /// <summary>Through the grains: another activation, with a cache from before the pods, is the last to speak.</summary>
    [Fact]
    public async Task OlderActivation_ThatSpeaksLast_ChangesNothingAbove()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.ApplyAsync("""
            { "replicas": 1, "schedulerName": "default-scheduler", "template": { "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": 0,
              "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "x" } ] } } } ] } }
            """);
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 1);
        IServingGroupGrain group = platform.Cluster.Client.GetGrain<IServingGroupGrain>($"{platform.Namespace}/ms/0");
        RoleSummary seen = (await group.RemindAsync(null, isCheck: false)).Roles.ShouldHaveSingleItem();
        seen.View.ShouldBeGreaterThan(0);

        await group.RoleChangedAsync(seen with { Phase = RolePhase.Starting, PodUids = ["gone"], View = 1, Stamp = long.MaxValue - 1 });
        (await group.RemindAsync(null, isCheck: false)).Roles.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            static role => role.Phase.ShouldBe(RolePhase.Running),
            role => role.PodUids.ShouldBe(seen.PodUids));

        IModelServingGrain serving = platform.Cluster.Client.GetGrain<IModelServingGrain>($"{platform.Namespace}/ms");
        await serving.GroupChangedAsync(new GroupSummary(0, [seen with { Phase = RolePhase.Starting, View = 1 }]) { IsAssigned = true, View = 1, Stamp = long.MaxValue - 1 });
        (await serving.GetGroupsAsync()).ShouldHaveSingleItem().Roles.ShouldHaveSingleItem().Phase.ShouldBe(RolePhase.Running);
    }

    private static RoleSummary Role(string name, long view, string uid = "u") => new(name, 0, RolePhase.Running) { View = view, PodUids = [uid] };

    private static GroupSummary Group(long view, params RoleSummary[] roles) => new(0, [.. roles]) { View = view };
}
