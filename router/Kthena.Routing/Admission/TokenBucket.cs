namespace Kthena.Routing.Admission;

/// <summary>
/// Tokens that come back evenly over time, up to a limit, with which it begins. Instants are arguments, from any beginning. What is
/// charged after the fact may leave a debt, which is paid before anything is let through. Not thread-safe.
/// </summary>
/// <param name="limit">The tokens for a unit of time, and the most that gather. At least 1.</param>
/// <param name="unit">The unit.</param>
public sealed class TokenBucket(long limit, TimeSpan unit)
{
    private readonly double _perSecond = limit / unit.TotalSeconds;
    private double _tokens = limit;
    private TimeSpan? _at;

    /// <summary>Takes tokens if there are as many.</summary>
    /// <param name="tokens">How many; 0 or more.</param>
    /// <param name="now">The instant.</param>
    /// <returns>Whether there were.</returns>
    public bool TryTake(long tokens, TimeSpan now)
    {
        Fill(now);
        if (tokens > _tokens)
            return false;
        _tokens -= tokens;
        return true;
    }

    /// <summary>Takes tokens that were used, whether there are as many or not; fewer than none gives back.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="now">The instant.</param>
    public void Charge(long tokens, TimeSpan now)
    {
        Fill(now);
        _tokens = Math.Min(limit, _tokens - tokens);
    }

    /// <summary>How long until there are so many tokens; null when there never will be.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="now">The instant.</param>
    public TimeSpan? Until(long tokens, TimeSpan now)
    {
        Fill(now);
        if (tokens > limit)
            return null;
        return TimeSpan.FromSeconds(Math.Clamp((tokens - _tokens) / _perSecond, 0, TimeSpan.MaxValue.TotalSeconds / 2));
    }

    private void Fill(TimeSpan now)
    {
        if (_at is { } at && now > at)
            _tokens = Math.Min(limit, _tokens + ((now - at).TotalSeconds * _perSecond));
        _at = _at is { } before && before > now ? before : now;
    }
}
