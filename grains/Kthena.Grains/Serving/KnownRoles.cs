using System.Collections.Immutable;
using Kthena.Contracts.Serving;
using Kthena.Grains.Reconciling;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Grains.Serving;

/// <summary>What a group knows of its role instances: what each told last, what it was told to be, and how far all of it is to be relied on.</summary>
/// <param name="role">The grain of a role instance.</param>
/// <param name="time">The clock.</param>
internal sealed class KnownRoles(Func<(string Role, int Ordinal), IRoleGrain> role, TimeProvider time)
{
    /// <inheritdoc cref="FirstWords{TKey}.AskAgain"/>
    public static readonly TimeSpan AskAgain = FirstWords<(string, int)>.AskAgain;

    private const int Group = 0;

    private readonly SortedDictionary<(string Role, int Ordinal), RoleChild> _roles = [];
    private readonly FirstWords<(string Role, int Ordinal)> _firstWords = new(time);
    private readonly NewestViews _views = new(time);
    private long _listed;

    /// <summary>The role instances, ascending.</summary>
    public SortedDictionary<(string Role, int Ordinal), RoleChild> All => _roles;

    /// <summary>How far the newest cache of pods had come that any instance was seen with, be it forgotten by now.</summary>
    public long NewestView { get; private set; }

    /// <inheritdoc cref="FirstWords{TKey}.AreSaid"/>
    public bool HaveLooked => _firstWords.AreSaid;

    /// <inheritdoc cref="FirstWords{TKey}.AreAwaited"/>
    public bool AreAwaited => _firstWords.AreAwaited;

    /// <summary>How far the oldest cache of pods had come that any of this was seen with, which instances there are among it.</summary>
    public long OldestView => _roles.Values.Aggregate(_listed, static (oldest, child) => Math.Min(oldest, child.Summary.View));

    /// <summary>What was said of some instances, as it is known by now.</summary>
    /// <param name="said">What was said.</param>
    public ImmutableArray<RoleSummary> AsOfNow(ImmutableArray<RoleSummary> said) =>
        [.. said.Select(summary => _roles.GetValueOrDefault((summary.Role, summary.Ordinal))?.Summary ?? summary)];

    /// <summary>Takes in what an instance told by itself.</summary>
    /// <param name="summary">What it told.</param>
    public void Heard(RoleSummary summary)
    {
        Take(summary);
        _firstWords.Heard((summary.Role, summary.Ordinal));
    }

    /// <summary>Tells every instance again what it was told, and asks what it sees.</summary>
    /// <param name="others">Instances that may be there besides those that are known, in any order, any number of times.</param>
    /// <param name="view">How far the cache of pods had come that these were found in.</param>
    public async Task RemindAllAsync(IEnumerable<RoleKey> others, long view)
    {
        RoleSummary[] summaries = await Task.WhenAll(others.Select(static other => (other.Role, other.Ordinal)).Concat(_roles.Keys).Distinct()
            .Select(key => role(key).RemindAsync(_roles.GetValueOrDefault(key)?.Assigned)));
        foreach (RoleSummary summary in summaries)
            Take(summary);
        _listed = view;
        _firstWords.Asked(summaries.Where(static summary => summary.Stamp == 0).Select(static summary => (summary.Role, summary.Ordinal)));
    }

    /// <summary>Hands assignments down.</summary>
    /// <param name="orders">The assignments.</param>
    public Task OrderAsync(IEnumerable<RoleOrder> orders) => Task.WhenAll(orders.Select(OrderAsync));

    /// <summary>Drops what is known of instances that are gone.</summary>
    /// <param name="gone">The instances.</param>
    public void Forget(IEnumerable<(string Role, int Ordinal)> gone)
    {
        foreach ((string Role, int Ordinal) key in gone)
        {
            _roles.Remove(key);
            _views.Forget(Group, key.Role, key.Ordinal);
        }
    }

    private async Task OrderAsync(RoleOrder order)
    {
        (string, int) key = (order.Role, order.Ordinal);
        await role(key).AssignAsync(order.Assignment);
        RoleSummary known = _roles.TryGetValue(key, out RoleChild? child) ? child.Summary : new RoleSummary(order.Role, order.Ordinal, RolePhase.Absent);
        RoleSummary assigned = known with { IsAssigned = true, IsDeleting = order.Assignment.IsDeleting };
        _roles[key] = new RoleChild(assigned, order.Assignment);
    }

    private void Take(RoleSummary summary)
    {
        (string, int) key = (summary.Role, summary.Ordinal);
        RoleChild? child = _roles.GetValueOrDefault(key);
        if (child?.Summary.Stamp > summary.Stamp)
            return;
        if (!_views.Takes(Group, summary) && child is not null)
        {
            // It sees less than another did; that it was told nothing yet is true all the same.
            if (!summary.IsAssigned)
                _roles[key] = new RoleChild(child.Summary with { IsAssigned = false }, null);
            return;
        }
        NewestView = Math.Max(NewestView, summary.View);
        _roles[key] = new RoleChild(summary, summary.IsAssigned ? child?.Assigned : null);
    }
}
