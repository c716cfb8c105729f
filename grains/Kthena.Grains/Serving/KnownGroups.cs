using System.Collections.Immutable;
using Kthena.Contracts.Serving;
using Kthena.Grains.Reconciling;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Grains.Serving;

/// <summary>What a ModelServing knows of its groups: what each told last, what it was told to be, and how far all of it is to be relied on.</summary>
/// <param name="group">The grain of the group with an ordinal.</param>
/// <param name="time">The clock.</param>
internal sealed class KnownGroups(Func<int, IServingGroupGrain> group, TimeProvider time)
{
    /// <inheritdoc cref="FirstWords{TKey}.AskAgain"/>
    public static readonly TimeSpan AskAgain = FirstWords<int>.AskAgain;

    private readonly SortedDictionary<int, GroupChild> _groups = [];
    private readonly FirstWords<int> _firstWords = new(time);
    private readonly NewestViews _views = new(time);
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;
    private bool _isForgotten;

    /// <summary>The groups, ascending by ordinal.</summary>
    public SortedDictionary<int, GroupChild> All => _groups;

    /// <summary>How far the newest cache of pods had come that anything was seen with, be it forgotten by now.</summary>
    public long PodsSeen { get; private set; }

    /// <inheritdoc cref="FirstWords{TKey}.AreSaid"/>
    public bool HaveLooked => _firstWords.AreSaid;

    /// <inheritdoc cref="FirstWords{TKey}.AreAwaited"/>
    public bool AreAwaited => _firstWords.AreAwaited;

    /// <summary>Whether all of them were asked a moment ago.</summary>
    public bool WereJustAsked => time.GetUtcNow() - _askedAt < AskAgain;

    /// <summary>Whether nothing that happened to a pod up to a version is missing in what is known.</summary>
    /// <param name="version">The resource version.</param>
    public bool AreSeenUpTo(long version) => !NotSeenUpTo(version).Any();

    /// <summary>The groups of which something may be missing.</summary>
    /// <param name="version">The resource version.</param>
    public IEnumerable<int> NotSeenUpTo(long version) =>
        _groups.Values.Select(static child => child.Summary).Where(summary => summary.OldestView < version).Select(static summary => summary.Ordinal);

    /// <summary>Takes in what a group told by itself.</summary>
    /// <param name="summary">What it told.</param>
    public void Heard(GroupSummary summary)
    {
        Take(summary);
        _firstWords.Heard(summary.Ordinal);
    }

    /// <summary>Tells every group again what it was told, and asks what it sees.</summary>
    /// <param name="others">Groups that may be there besides those that are known, in any order, any number of times.</param>
    /// <param name="isCheck">Whether each is to ask its role instances in turn.</param>
    public async Task RemindAllAsync(IEnumerable<int> others, bool isCheck)
    {
        GroupSummary[] summaries = await Task.WhenAll(others.Concat(_groups.Keys).Distinct()
            .Select(ordinal => group(ordinal).RemindAsync(_groups.GetValueOrDefault(ordinal)?.Assigned, isCheck)));
        foreach (GroupSummary summary in summaries)
            Take(summary);
        _askedAt = time.GetUtcNow();
        _firstWords.Asked(summaries.Where(summary => _isForgotten || summary.Stamp == 0).Select(static summary => summary.Ordinal));
        _isForgotten = false;
    }

    /// <summary>Hands assignments down.</summary>
    /// <param name="orders">The assignments.</param>
    public Task OrderAsync(ImmutableArray<GroupOrder> orders) => Task.WhenAll(orders.Select(OrderAsync));

    /// <summary>Drops what is known of groups that are gone.</summary>
    /// <param name="gone">Their ordinals.</param>
    public void Forget(ImmutableArray<int> gone)
    {
        foreach (int ordinal in gone)
        {
            _groups.Remove(ordinal);
            _views.Forget(ordinal);
        }
    }

    /// <summary>
    /// Drops everything: what the groups of a deleted namesake were told does not bind its successor. Nor is it enough what they say
    /// when they are next asked, for they say it of the namesake: they look again upon that, and are asked once more.
    /// </summary>
    public void Clear()
    {
        _groups.Clear();
        _isForgotten = true;
    }

    private async Task OrderAsync(GroupOrder order)
    {
        await group(order.Ordinal).AssignAsync(order.Assignment);
        GroupSummary known = _groups.TryGetValue(order.Ordinal, out GroupChild? child) ? child.Summary : new GroupSummary(order.Ordinal, []);
        GroupSummary assigned = known with { IsAssigned = true, IsDeleting = order.Assignment.IsDeleting };
        _groups[order.Ordinal] = new GroupChild(assigned, order.Assignment);
    }

    private void Take(GroupSummary summary)
    {
        PodsSeen = Math.Max(PodsSeen, summary.View);
        GroupChild? child = _groups.GetValueOrDefault(summary.Ordinal);
        if (child is null || child.Summary.Stamp <= summary.Stamp)
            _groups[summary.Ordinal] = new GroupChild(_views.Newest(child?.Summary, summary), summary.IsAssigned ? child?.Assigned : null);
    }
}
