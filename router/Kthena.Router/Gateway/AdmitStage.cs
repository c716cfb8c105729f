using System.Globalization;
using Kthena.Router.Metrics;
using Kthena.Routing.Admission;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Gateway;

/// <summary>The stage between match and pick: applies the limits of the route. Each router counts for itself.</summary>
internal sealed class AdmitStage(RouterInstruments instruments, TimeProvider time)
{
    /// <summary>Lets the request in, or says why not. Its prompt has been read.</summary>
    public RouteError? Admit(RoutedRequest request, RouteLimits limits)
    {
        long tokens = request.Chain.PromptTokens;
        AdmissionDecision decision = limits.Admit(tokens, Now);
        if (decision.Outcome == AdmissionOutcome.Admitted)
        {
            (request.Limits, request.AdmittedTokens) = (limits, tokens);
            return null;
        }
        bool isInput = decision.Outcome == AdmissionOutcome.InputExceeded;
        instruments.RateLimited(request, isInput ? "input_tokens" : "output_tokens");
        return new RouteError(
            StatusCodes.Status429TooManyRequests,
            isInput ? "input_rate_limit" : "output_rate_limit",
            "rate_limit_exceeded",
            isInput && decision.RetryAfter is null
                ? string.Create(CultureInfo.InvariantCulture, $"input token rate limit exceeded: the prompt's {tokens} tokens are more than the limit of {limits.Limit.InputTokensPerUnit} ever lets through")
                : isInput ? "input token rate limit exceeded" : "output token rate limit exceeded")
        {
            RetryAfter = decision.RetryAfter,
        };
    }

    /// <summary>The request ended: what it took is settled, or given back when it reached no engine.</summary>
    public void End(RoutedRequest request, long outputTokens)
    {
        if (request.Limits is not { } limits)
            return;
        if (request.Attempts == 0)
            limits.Abandon(request.AdmittedTokens, Now);
        else
            limits.Settle(outputTokens, Now);
    }

    private TimeSpan Now => time.GetElapsedTime(0, time.GetTimestamp());
}
