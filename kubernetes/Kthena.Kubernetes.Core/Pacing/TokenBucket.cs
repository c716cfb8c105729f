namespace Kthena.Kubernetes.Core;

/// <summary>
/// Lets so many requests through a second, and a burst of them after a rest. Pure: whoever uses it says what time it is.
/// </summary>
internal sealed class TokenBucket
{
    private readonly double _perSecond;
    private readonly int _burst;
    private double _tokens;
    private TimeSpan _at;

    /// <summary>Creates a full bucket.</summary>
    /// <param name="perSecond">Requests a second; more than 0.</param>
    /// <param name="burst">Requests at once after a rest; at least 1.</param>
    public TokenBucket(double perSecond, int burst)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        (_perSecond, _burst, _tokens) = (perSecond, burst, burst);
    }

    /// <summary>Takes one token, if there is one.</summary>
    /// <param name="now">The instant, counted from any fixed one; it never goes back.</param>
    public bool TryTake(TimeSpan now)
    {
        Fill(now);
        if (_tokens < 1)
            return false;
        _tokens--;
        return true;
    }

    /// <summary>How long until there is one; zero when there is.</summary>
    /// <param name="now">The instant.</param>
    public TimeSpan UntilNext(TimeSpan now)
    {
        Fill(now);
        // Rounded up: a timer that comes a tick early would find nothing.
        return _tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromTicks((long)Math.Ceiling((1 - _tokens) / _perSecond * TimeSpan.TicksPerSecond));
    }

    private void Fill(TimeSpan now)
    {
        if (now <= _at)
            return;
        // A hair over the sum, or a token that is due would be missed for want of the last bit.
        _tokens = Math.Min(_burst, _tokens + ((now - _at).TotalSeconds * _perSecond) + 1e-9);
        _at = now;
    }
}
