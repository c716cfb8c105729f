namespace Kthena.Grains.Reconciling;

/// <summary>
/// Children that were asked for their summary and had not looked at the cluster yet, as after a start: what they said means
/// nothing. A parent that planned on it would take what runs for what is missing.
/// </summary>
/// <typeparam name="TKey">What names a child.</typeparam>
/// <param name="time">The clock.</param>
internal sealed class FirstWords<TKey>(TimeProvider time)
    where TKey : IComparable<TKey>
{
    /// <summary>How soon a child that has not looked is asked again.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(200);

    private SortedSet<TKey> _awaited = [];
    private DateTimeOffset _since;
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;

    /// <summary>
    /// Whether every child that was asked has looked. A child that does not for as long as <see cref="CacheGate.Patience"/> lives
    /// on a silo that sees nothing: the others need not stand still for it.
    /// </summary>
    public bool AreSaid => _awaited.Count == 0 || time.GetUtcNow() - _since > CacheGate.Patience;

    /// <summary>Whether to wait for what children tell by themselves: those that are awaited were asked a moment ago.</summary>
    public bool AreAwaited => !AreSaid && time.GetUtcNow() - _askedAt < AskAgain;

    /// <summary>Notes that every child was asked.</summary>
    /// <param name="silent">Those that have not looked yet: their summary bears no stamp.</param>
    public void Asked(IEnumerable<TKey> silent)
    {
        _askedAt = time.GetUtcNow();
        if (_awaited.Count == 0)
            _since = _askedAt;
        _awaited = [.. silent];
    }

    /// <summary>Notes that a child told its summary.</summary>
    /// <param name="child">The child.</param>
    public void Heard(TKey child) => _awaited.Remove(child);
}
