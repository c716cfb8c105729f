using Kthena.Router.Tables;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Picking;

/// <summary>
/// What one attempt puts on its endpoint, from dispatch to end, and what is learnt from it: the wait for the first token of a
/// stream teaches the rates, the outcome moves the breaker. Used again for the next attempt.
/// </summary>
internal sealed class AttemptLoad
{
    private EndpointState? _endpoint;
    private TimeProvider _time = TimeProvider.System;
    private long _startedAt;
    private long _bytes;
    private double _kibAhead;
    private int _inFlight;

    /// <param name="endpoint">Where the request goes.</param>
    /// <param name="uncachedBytes">How much of the prompt it must compute.</param>
    /// <param name="time">The clock.</param>
    public void Begin(EndpointState endpoint, long uncachedBytes, TimeProvider time)
    {
        (_endpoint, _bytes, _time, _startedAt) = (endpoint, uncachedBytes, time, time.GetTimestamp());
        _inFlight = endpoint.AllInFlight;
        endpoint.AddPending(uncachedBytes);
        _kibAhead = endpoint.PendingBytes / 1024.0;
        endpoint.Breaker.Began(time.GetUtcNow());
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
        endpoint.End();
        endpoint.Breaker.Ended(outcome, _time.GetUtcNow());
        _endpoint = null;
    }

    private void Settle(EndpointState endpoint)
    {
        if (_bytes > 0)
            endpoint.AddPending(-_bytes);
        _bytes = -1;
    }
}
