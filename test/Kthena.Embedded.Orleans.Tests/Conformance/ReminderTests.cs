using Orleans;
using Orleans.Runtime;

namespace Kthena.Conformance;

[Collection(ClusterGroup.Name)]
public sealed class ReminderTests(ClusterFixture cluster)
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly string _key = cluster.NewKey();

    private IReminded Grain => cluster.Grains.GetGrain<IReminded>(_key);

    [Fact]
    public async Task Reminder_Due_CallsTheGrain()
    {
        await Grain.Remind("first", Soon, Minute);
        await Signals.Wait($"{_key}/first/1");
        Signals.Notes(_key).ShouldBe(["activated", "first every 00:01:00 in 1"]);
        await Grain.End("first");
    }

    [Fact]
    public async Task Reminder_OfAGrainThatIsNotActive_ActivatesIt()
    {
        await Grain.RemindThenLeave("wake", TimeSpan.FromMilliseconds(300));
        await Signals.Wait($"{_key}/deactivated/1");
        await Signals.Wait($"{_key}/wake/1");
        Signals.Notes(_key).ShouldBe(["activated", "activated", "wake every 00:01:00 in 2"]);
        await Grain.End("wake");
    }

    [Fact]
    public async Task Reminder_SetAnew_TakesThePlaceOfTheOld()
    {
        await Grain.Remind("same", TimeSpan.FromHours(1), Minute);
        await Grain.Remind("same", Soon, TimeSpan.FromMinutes(2));
        await Signals.Wait($"{_key}/same/1");
        (await Grain.Names()).ShouldBe("same");
        Signals.Notes(_key).ShouldContain("same every 00:02:00 in 1");
        await Grain.End("same");
    }

    [Fact]
    public async Task Reminders_OfOneGrain_AreListedAndFound()
    {
        (await Grain.Names()).ShouldBeEmpty();
        await Grain.Remind("a", TimeSpan.FromHours(1), Minute);
        await Grain.Remind("b\nb", TimeSpan.FromHours(1), Minute);
        await cluster.Grains.GetGrain<IReminded>(cluster.NewKey()).Remind("c", TimeSpan.FromHours(1), Minute);
        (await Grain.Names()).ShouldBe("a b\nb");
        (await Grain.Find("b\nb")).ShouldBe("b\nb");
        (await Grain.Find("c")).ShouldBeNull();
        await Grain.End("a");
        (await Grain.Names()).ShouldBe("b\nb");
    }

    [Fact]
    public async Task Reminder_EndedTwice_IsEnded()
    {
        await Grain.Remind("once", TimeSpan.FromHours(1), Minute);
        await Grain.EndTwice("once");
        (await Grain.Names()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Reminder_SetAnewMeanwhile_IsNotEndedByTheOldHandle()
    {
        await Should.ThrowAsync<ReminderException>(() => Grain.EndAfterSettingAnew("kept"));
        (await Grain.Names()).ShouldBe("kept");
    }

    [Fact]
    public async Task Reminder_Failing_StaysSet()
    {
        await Grain.Fail("failing");
        await Signals.Wait($"{_key}/failing/1");
        (await Grain.Names()).ShouldBe("failing");
        await Grain.End("failing");
    }

    [Fact]
    public async Task Reminder_WithLessThanAMinute_IsRefused() =>
        await Should.ThrowAsync<ArgumentException>(() => Grain.Remind("often", TimeSpan.Zero, TimeSpan.FromSeconds(59)));

    [Fact]
    public async Task Reminder_WithANegativeTime_IsRefused()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Grain.Remind("early", TimeSpan.FromSeconds(-2), Minute));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Grain.Remind("never", Timeout.InfiniteTimeSpan, Minute));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Grain.Remind("once", TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task Reminder_WithoutAName_IsRefused(string name) =>
        await Should.ThrowAsync<ArgumentNullException>(() => Grain.Remind(name, TimeSpan.Zero, Minute));

    [Fact]
    public async Task Reminder_OfAGrainThatCannotHearIt_IsRefused() =>
        await Should.ThrowAsync<InvalidOperationException>(() => cluster.Grains.GetGrain<IForgetful>(_key).Remind());
}
