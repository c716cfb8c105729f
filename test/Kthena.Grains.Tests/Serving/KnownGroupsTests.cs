using System.Collections.Immutable;
using Kthena.Contracts.Serving;
using Kthena.Grains.Serving;
using Kthena.Model.Serving;

namespace Kthena.Grains.Tests.Serving;

/// <summary>What a ModelServing relies on of what its groups say.</summary>
public sealed class KnownGroupsTests
{
    private readonly HandClock _clock = new();
    private readonly SpokenGroup _group = new();

    /// <summary>Groups that live on from a deleted ModelServing of the name say what they saw of that one.</summary>
    [Fact]
    public async Task W31_GroupsOfADeletedNamesake_AreAskedAgainBeforeTheyAreReliedOn()
    {
        var groups = new KnownGroups(_ => _group, _clock);
        await groups.RemindAllAsync([0], isCheck: true);
        groups.HaveLooked.ShouldBeTrue();

        groups.Clear();
        await groups.RemindAllAsync([0], isCheck: true);
        groups.HaveLooked.ShouldBeFalse();
        groups.AreAwaited.ShouldBeTrue();

        _clock.Now += KnownGroups.AskAgain;
        groups.AreAwaited.ShouldBeFalse();
        await groups.RemindAllAsync([], isCheck: false);
        groups.HaveLooked.ShouldBeTrue();
        groups.All.Keys.ShouldBe([0]);
    }

    [Fact]
    public async Task Group_ThatHasNotLookedYet_IsAskedAgain()
    {
        var groups = new KnownGroups(_ => _group, _clock);
        _group.Summary = _group.Summary with { Stamp = 0 };
        await groups.RemindAllAsync([0], isCheck: true);
        groups.HaveLooked.ShouldBeFalse();
        groups.Heard(_group.Summary with { Stamp = 5 });
        groups.HaveLooked.ShouldBeTrue();
    }

    [Fact]
    public async Task OldestView_OfAllGroups_SaysHowFarPodsAreKnown()
    {
        var groups = new KnownGroups(_ => _group, _clock);
        await groups.RemindAllAsync([0], isCheck: true);
        groups.Heard(new GroupSummary(1, []) { Stamp = 1, View = 90, OldestView = 60 });
        groups.PodsSeen.ShouldBe(90);
        groups.AreSeenUpTo(60).ShouldBeTrue();
        groups.NotSeenUpTo(70).ShouldBe([1]);
        groups.Forget([1]);
        groups.AreSeenUpTo(70).ShouldBeTrue();
        groups.PodsSeen.ShouldBe(90);
    }

    private sealed class SpokenGroup : IServingGroupGrain
    {
        public GroupSummary Summary { get; set; } = new(0, []) { Stamp = 3, View = 80, OldestView = 80 };

        public Task AssignAsync(GroupAssignment assignment) => Task.CompletedTask;

        public Task NotifyAsync(ObjectChange change) => Task.CompletedTask;

        public Task RoleChangedAsync(RoleSummary summary) => Task.CompletedTask;

        public Task<GroupSummary> RemindAsync(GroupAssignment? assignment, bool isCheck) => Task.FromResult(Summary);

        public Task<ImmutableArray<PlanRecord>> ExplainAsync() => Task.FromResult<ImmutableArray<PlanRecord>>([]);
    }
}
