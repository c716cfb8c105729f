namespace Kthena.Routing.Scheduling;

/// <summary>
/// How an endpoint's wait for the first token depends on what it has to do: seconds per KiB of prompt that it must compute, and
/// seconds per request in flight, learnt from what requests met. Old observations fade; before any, a guess holds. Least squares
/// over two variables whose sums are kept, so an observation costs a few multiplications. Safe for many threads.
/// </summary>
public sealed class LatencyRates
{
    /// <summary>The guess: a KiB is about 256 tokens, at 10,000 tokens a second.</summary>
    public const float SecondsPerKiBGuess = 0.025f;

    /// <summary>The guess: with continuous batching one more request delays the next by little.</summary>
    public const float SecondsPerRequestGuess = 0.0002f;

    // An observation counts half after about 70 more.
    private const double Fading = 0.99;
    private const double WaitMaxSeconds = 120;

    // The guess counts as some observations of 4 KiB and of 8 requests in flight.
    private const double GuessKiB = 4 * 4 * 4;
    private const double GuessRequests = 4 * 8 * 8;

    private readonly Lock _lock = new();
    private double _kibKib;
    private double _kibRequests;
    private double _requestsRequests;
    private double _kibWait;
    private double _requestsWait;
    private float _secondsPerKiB = SecondsPerKiBGuess;
    private float _secondsPerRequest = SecondsPerRequestGuess;

    /// <summary>Seconds of prefill per KiB of prompt.</summary>
    public float SecondsPerKiB => Volatile.Read(ref _secondsPerKiB);

    /// <summary>Seconds of delay per request in flight.</summary>
    public float SecondsPerRequest => Volatile.Read(ref _secondsPerRequest);

    /// <summary>Learns from one request.</summary>
    /// <param name="kib">The KiB of prompt that had to be computed before its first token: its own and those before it.</param>
    /// <param name="inFlight">The requests in flight at its dispatch.</param>
    /// <param name="seconds">How long its first token took; what is not between 0 and two minutes is left out.</param>
    public void Observe(double kib, int inFlight, double seconds)
    {
        if (!(seconds > 0 && seconds < WaitMaxSeconds && kib >= 0 && inFlight >= 0))
            return;
        lock (_lock)
        {
            _kibKib = (_kibKib * Fading) + (kib * kib);
            _kibRequests = (_kibRequests * Fading) + (kib * inFlight);
            _requestsRequests = (_requestsRequests * Fading) + ((double)inFlight * inFlight);
            _kibWait = (_kibWait * Fading) + (kib * seconds);
            _requestsWait = (_requestsWait * Fading) + (inFlight * seconds);
            Solve();
        }
    }

    private void Solve()
    {
        double kibKib = _kibKib + GuessKiB;
        double requestsRequests = _requestsRequests + GuessRequests;
        double kibWait = _kibWait + (GuessKiB * SecondsPerKiBGuess);
        double requestsWait = _requestsWait + (GuessRequests * SecondsPerRequestGuess);
        double determinant = (kibKib * requestsRequests) - (_kibRequests * _kibRequests);
        double perKiB = ((kibWait * requestsRequests) - (requestsWait * _kibRequests)) / determinant;
        double perRequest = ((requestsWait * kibKib) - (kibWait * _kibRequests)) / determinant;
        // Work never takes less than nothing: what noise made negative is left to the other rate.
        if (perRequest < 0)
            (perRequest, perKiB) = (0, kibWait / kibKib);
        else if (perKiB < 0)
            (perKiB, perRequest) = (0, requestsWait / requestsRequests);
        Volatile.Write(ref _secondsPerKiB, (float)perKiB);
        Volatile.Write(ref _secondsPerRequest, (float)perRequest);
    }
}
