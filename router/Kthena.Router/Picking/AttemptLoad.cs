using Kthena.Router.Tables;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Picking;

/// <summary>
/// What one attempt puts on its endpoint, from dispatch to end, and what is learnt from it: the wait for the first token of a
/// stream teaches the rates, the outcome moves the breaker. Used again for the next attempt.
/// </summary>
internal sealed class AttemptLoad
{
    // A prompt that would take longer is refused, or not what the rates were learnt from.
    private static readonly TimeSpan SilentWorkMax = TimeSpan.FromMinutes(10);

    private EndpointState? _endpoint;
    private TimeProvider _time = TimeProvider.System;
    private long _startedAt;
    private long _bytes;
    private TimeSpan _silentWork;
    private double _kibAhead;
    private int _inFlight;

    /// <param name="endpoint">Where the request goes.</param>
    /// <param name="uncachedBytes">How much of the prompt it must compute.</param>
    /// <param name="tellsFirstToken">Whether <see cref="FirstToken"/> will be called when the prompt is computed; if not, the rates tell.</param>
    /// <param name="time">The clock.</param>
    public void Begin(EndpointState endpoint, long uncachedBytes, bool tellsFirstToken, TimeProvider time)
    {
        DateTimeOffset now = time.GetUtcNow();
        (_endpoint, _time, _startedAt) = (endpoint, time, time.GetTimestamp());
        _inFlight = endpoint.AllInFlight;
        float perKiB = endpoint.Rates.SecondsPerKiB;
        (_bytes, _silentWork) = tellsFirstToken ? (uncachedBytes, TimeSpan.Zero) : (-1, WorkOf(uncachedBytes, perKiB));
        if (tellsFirstToken)
            endpoint.AddPending(uncachedBytes);
        else
            endpoint.AddSilentWork(_silentWork, now);
        _kibAhead = (endpoint.PendingBytes / 1024.0) + (perKiB > 0 ? endpoint.SilentWork(now).TotalSeconds / perKiB : 0);
        endpoint.Breaker.Began(now);
        endpoint.Begin();
    }

    /// <summary>The first bytes of a stream came: the prompt is computed.</summary>
    public void FirstToken()
    {
        if (_endpoint is not { } endpoint || _bytes < 0)
            return;
        Settle(endpoint);
        endpoint.Rates.Observe(_kibAhead, _inFlight, _time.GetElapsedTime(_startedAt).TotalSeconds);
    }

    public void End(AttemptOutcome outcome)
    {
        if (_endpoint is not { } endpoint)
            return;
        Settle(endpoint);
        DateTimeOffset now = _time.GetUtcNow();
        // What ended sooner than its prompt would have taken was refused, or broke off: the rest is not done.
        TimeSpan undone = _silentWork - _time.GetElapsedTime(_startedAt);
        if (undone > TimeSpan.Zero)
            endpoint.AddSilentWork(-undone, now);
        endpoint.End();
        endpoint.Breaker.Ended(outcome, now);
        _endpoint = null;
    }

    private static TimeSpan WorkOf(long bytes, float secondsPerKiB) =>
        TimeSpan.FromSeconds(Math.Min(bytes / 1024.0 * secondsPerKiB, SilentWorkMax.TotalSeconds));

    private void Settle(EndpointState endpoint)
    {
        if (_bytes > 0)
            endpoint.AddPending(-_bytes);
        _bytes = -1;
    }
}
