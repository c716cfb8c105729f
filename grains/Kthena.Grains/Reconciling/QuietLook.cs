using System.Collections.Immutable;
using Kthena.Planning.Serving;

namespace Kthena.Grains.Reconciling;

/// <summary>
/// What the last look saw, where it led to nothing: no write, no order, no appointment. A plan follows from what is seen, and from
/// the time only where it makes an appointment; so a look that sees the same needs no plan. Facts are the same when they are the
/// same objects: a cache keeps an object until it changes. Children are the same when they say the same.
/// </summary>
internal sealed class QuietLook
{
    private static readonly object EndOfList = new();

    private List<object?> _seen = [];
    private List<object?> _before = [];
    private bool _wasQuiet;

    /// <summary>Begins a look.</summary>
    public QuietLook Begin()
    {
        _seen.Clear();
        return this;
    }

    /// <summary>Takes in one thing.</summary>
    /// <param name="fact">The thing, or null where there is none.</param>
    public QuietLook See(object? fact)
    {
        _seen.Add(fact);
        return this;
    }

    /// <summary>Takes in a list, in an order that is always the same.</summary>
    /// <param name="facts">The list.</param>
    public QuietLook See<T>(ImmutableArray<T> facts)
        where T : class
    {
        foreach (T fact in facts)
            _seen.Add(fact);
        _seen.Add(EndOfList);
        return this;
    }

    /// <summary>Takes in children, in an order that is always the same.</summary>
    /// <param name="children">The children.</param>
    public QuietLook See<TKey, TChild>(SortedDictionary<TKey, TChild> children)
        where TKey : notnull
        where TChild : class
    {
        foreach (KeyValuePair<TKey, TChild> child in children)
            _seen.Add(child.Value);
        _seen.Add(EndOfList);
        return this;
    }

    /// <summary>Whether the look before was quiet and saw the same. A look that sees anything else forgets it.</summary>
    public bool IsAsBefore()
    {
        _wasQuiet &= _seen.Count == _before.Count;
        for (int at = 0; _wasQuiet && at < _seen.Count; at++)
            _wasQuiet = IsSame(_seen[at], _before[at]);
        return _wasQuiet;
    }

    /// <summary>Ends a look that was planned on.</summary>
    /// <param name="isQuiet">Whether the plan asked for nothing, neither now nor later.</param>
    public void End(bool isQuiet)
    {
        _wasQuiet = isQuiet;
        (_seen, _before) = (_before, _seen);
        _seen.Clear();
    }

    private static bool IsSame(object? one, object? other) => ReferenceEquals(one, other) || (one, other) switch
    {
        (GroupChild now, GroupChild then) => ReferenceEquals(now.Assigned, then.Assigned) && now.Summary.SaysTheSameAs(then.Summary),
        (RoleChild now, RoleChild then) => ReferenceEquals(now.Assigned, then.Assigned) && now.Summary.SaysTheSameAs(then.Summary),
        _ => false,
    };
}
