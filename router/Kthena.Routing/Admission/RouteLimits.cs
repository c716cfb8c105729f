using Kthena.Model.Resources;

namespace Kthena.Routing.Admission;

/// <summary>
/// What is left of a route's limits in one router. A prompt is paid for when its request is let in, by the router's estimate, and
/// given back when no engine was ever asked; an answer is paid for when it ended, so that the one that oversteps the limit comes
/// through and later ones wait. Instants are arguments. Safe for many threads.
/// </summary>
/// <param name="limit">The limits.</param>
public sealed class RouteLimits(RateLimit limit)
{
    private readonly Lock _lock = new();
    private readonly TokenBucket? _input = BucketOf(limit.InputTokensPerUnit, limit.Unit);
    private readonly TokenBucket? _output = BucketOf(limit.OutputTokensPerUnit, limit.Unit);

    /// <summary>The limits.</summary>
    public RateLimit Limit { get; } = limit;

    /// <summary>Decides on a request, and takes the tokens of its prompt when it may go on.</summary>
    /// <param name="inputTokens">Tokens of its prompt.</param>
    /// <param name="now">The instant.</param>
    public AdmissionDecision Admit(long inputTokens, TimeSpan now)
    {
        lock (_lock)
        {
            // Asked first: who is turned away pays nothing.
            if (_output?.TryTake(1, now) == false)
                return new AdmissionDecision(AdmissionOutcome.OutputExceeded, _output.Until(1, now));
            _output?.Charge(-1, now);
            return _input?.TryTake(inputTokens, now) == false
                ? new AdmissionDecision(AdmissionOutcome.InputExceeded, _input.Until(inputTokens, now))
                : new AdmissionDecision(AdmissionOutcome.Admitted);
        }
    }

    /// <summary>A request that was let in ended.</summary>
    /// <param name="outputTokens">Tokens of its answer.</param>
    /// <param name="now">The instant.</param>
    public void Settle(long outputTokens, TimeSpan now)
    {
        lock (_lock)
            _output?.Charge(outputTokens, now);
    }

    /// <summary>A request that was let in reached no engine.</summary>
    /// <param name="inputTokens">Tokens of its prompt.</param>
    /// <param name="now">The instant.</param>
    public void Abandon(long inputTokens, TimeSpan now)
    {
        lock (_lock)
            _input?.Charge(-inputTokens, now);
    }

    private static TokenBucket? BucketOf(long? limit, TimeSpan unit) => limit is { } tokens and > 0 ? new TokenBucket(tokens, unit) : null;
}
