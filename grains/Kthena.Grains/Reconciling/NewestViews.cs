using System.Collections.Immutable;
using Kthena.Model.Serving;

namespace Kthena.Grains.Reconciling;

/// <summary>
/// Of two activations of one role instance each may see the cluster at an age of its own, and the one that spoke last need not
/// be the one that sees more. What is seen with an older cache never takes the place of what was seen with a newer one, for
/// as long as a cache may be behind; after that the newer one is taken for lost.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class NewestViews(TimeProvider time)
{
    /// <summary>By group; asked for at every word of a child, and never gone through.</summary>
    private readonly Dictionary<int, Dictionary<(string Role, int Ordinal), (long View, DateTimeOffset Since)>> _newest = [];

    /// <summary>Whether a summary is to be believed; one that is becomes what later ones are measured by.</summary>
    /// <param name="group">The group's ordinal.</param>
    /// <param name="summary">The summary. One without a view is believed.</param>
    public bool Takes(int group, RoleSummary summary)
    {
        if (summary.View > 0 && IsOlder(group, (summary.Role, summary.Ordinal), summary.View))
            return false;
        if (!_newest.TryGetValue(group, out Dictionary<(string, int), (long, DateTimeOffset)>? roles))
            _newest[group] = roles = [];
        roles[(summary.Role, summary.Ordinal)] = (summary.View, time.GetUtcNow());
        return true;
    }

    /// <summary>What is to be believed of a group: each role instance as it was seen with the newest cache.</summary>
    /// <param name="known">What is known; null when nothing is.</param>
    /// <param name="told">What is told now.</param>
    public GroupSummary Newest(GroupSummary? known, GroupSummary told)
    {
        var before = (known?.Roles ?? []).ToDictionary(static role => (role.Role, role.Ordinal));
        var roles = ImmutableArray.CreateBuilder<RoleSummary>();
        foreach (RoleSummary role in told.Roles)
        {
            bool isKnown = before.Remove((role.Role, role.Ordinal), out RoleSummary? other);
            roles.Add(Takes(told.Ordinal, role) || !isKnown ? role : other!);
        }
        foreach (RoleSummary missing in before.Values)
        {
            // It is gone, or whoever tells has not seen it yet.
            if (told.View > 0 && IsOlder(told.Ordinal, (missing.Role, missing.Ordinal), told.View))
                roles.Add(missing);
            else
                Forget(told.Ordinal, missing.Role, missing.Ordinal);
        }
        if (roles.Count == told.Roles.Length && roles.SequenceEqual(told.Roles))
            return told;
        roles.Sort(static (one, other) => string.CompareOrdinal(one.Role, other.Role) is var order and not 0 ? order : one.Ordinal.CompareTo(other.Ordinal));
        return told with { Roles = roles.ToImmutable() };
    }

    /// <summary>Drops what is kept of a group.</summary>
    /// <param name="group">The group's ordinal.</param>
    public void Forget(int group) => _newest.Remove(group);

    /// <summary>Drops what is kept of a role instance.</summary>
    /// <param name="group">The group's ordinal.</param>
    /// <param name="role">The role's name.</param>
    /// <param name="ordinal">The instance's ordinal.</param>
    public void Forget(int group, string role, int ordinal) => _newest.GetValueOrDefault(group)?.Remove((role, ordinal));

    private bool IsOlder(int group, (string, int) role, long view) =>
        _newest.TryGetValue(group, out Dictionary<(string, int), (long View, DateTimeOffset Since)>? roles)
        && roles.TryGetValue(role, out (long View, DateTimeOffset Since) newest)
        && view < newest.View
        && time.GetUtcNow() - newest.Since <= CacheGate.Patience;
}
