namespace Kthena.Routing.Scheduling;

/// <summary>
/// Gives an endpoint that fails again and again a rest. Closed: requests flow. Open, as Polly has it: none does, until the rest is
/// over. Then half open: one request tries; success closes, failure opens for twice as long. Instants are arguments. Safe for many
/// threads; while all is well it costs one read.
/// </summary>
public sealed class OutlierBreaker
{
    /// <summary>So many failures in a row open it.</summary>
    public const int FailuresMax = 5;

    /// <summary>The first rest.</summary>
    public static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(5);

    /// <summary>The longest rest.</summary>
    public static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private int _failures;
    private int _rests;
    private bool _isOpen;
    private bool _isTried;
    private DateTimeOffset _until;

    /// <summary>Whether it lets nothing through now.</summary>
    /// <param name="now">The instant.</param>
    public bool IsRefusing(DateTimeOffset now)
    {
        if (!Volatile.Read(ref _isOpen))
            return false;
        lock (_lock)
            return _isOpen && (now < _until || _isTried);
    }

    /// <summary>Notes that a request is sent; after the rest it is the one that tries.</summary>
    /// <param name="now">The instant.</param>
    public void Began(DateTimeOffset now)
    {
        if (!Volatile.Read(ref _isOpen))
            return;
        lock (_lock)
            _isTried |= _isOpen && now >= _until;
    }

    /// <summary>Notes how a request ended.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="now">The instant.</param>
    public void Ended(AttemptOutcome outcome, DateTimeOffset now)
    {
        if (outcome == AttemptOutcome.Served && Volatile.Read(ref _failures) == 0 && !Volatile.Read(ref _isOpen))
            return;
        lock (_lock)
        {
            if (outcome == AttemptOutcome.Unknown)
                _isTried = false;
            else if (outcome == AttemptOutcome.Served)
                (_failures, _rests, _isOpen, _isTried) = (0, 0, false, false);
            else
                Fail(now);
        }
    }

    private void Fail(DateTimeOffset now)
    {
        _failures++;
        // Requests that were under way when it opened fail too; they do not lengthen the rest.
        if (_isOpen ? !_isTried : _failures < FailuresMax)
            return;
        TimeSpan rest = FirstRest * Math.Pow(2, Math.Min(_rests++, 10));
        _until = now + (rest < LongestRest ? rest : LongestRest);
        (_isOpen, _isTried) = (true, false);
    }
}

/// <summary>How an attempt at an endpoint ended, as far as it tells of the endpoint.</summary>
public enum AttemptOutcome
{
    /// <summary>It says nothing: the client left.</summary>
    Unknown,

    /// <summary>The engine answered, be it that the request is wrong.</summary>
    Served,

    /// <summary>It refused, hung, broke off, or answered that it is itself at fault.</summary>
    Failed,
}
