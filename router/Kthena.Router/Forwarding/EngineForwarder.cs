using Kthena.Router.Gateway;
using Kthena.Router.Tables;
using Kthena.Routing.Body;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Forwarding;

/// <summary>
/// The fourth stage: sends the request to the best endpoint and relays the answer. While nothing has reached the client, a fault
/// that is the endpoint's moves on to the next, and so does an answer that it is unavailable (502, 503, 504) while there is a next; what
/// else an engine answers, be it an error, is the client's.
/// </summary>
internal sealed partial class EngineForwarder(
    EngineExchange exchange, PairForwarder pairs, RouterOptions options, TimeProvider time, ILogger<EngineForwarder> logger)
{
    public async ValueTask<RouteError?> ForwardAsync(RoutedRequest request)
    {
        request.ForwardedAt = time.GetTimestamp();
        // Only completions know the option; other streams tell their usage by themselves.
        request.AsksUsage = request.Http.Request.Path.Value?.EndsWith("/completions", StringComparison.Ordinal) == true;
        request.HidesUsage = request.AsksUsage && request.Body is { IsStreaming: true, IncludesUsage: false };
        try
        {
            return request.Server!.Compiled.Pairs is null ? await TryEachAsync(request) : await pairs.ForwardAsync(request);
        }
        finally
        {
            request.RelayedAt = time.GetTimestamp();
        }
    }

    private async ValueTask<RouteError?> TryEachAsync(RoutedRequest request)
    {
        BodyEdits edits = BodyEdits.Plan(request.BodyBytes.Span, request.Body, request.EngineModel, request.AsksUsage);
        TimeSpan? bound = request.Server!.Compiled.View.Spec.Timeout;
        int attempts = Math.Min(request.RankedCount, options.AttemptsMax);
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            EndpointState endpoint = request.Server.Endpoints[request.Ranked[attempt]];
            request.Attempts++;
            using CancellationTokenSource? headersTimeout = bound is { } timeout ? new CancellationTokenSource(timeout, time) : null;
            var terms = new AttemptTerms(request.RankedBytes[attempt], request.Body.IsStreaming, MayMoveOn: attempt + 1 < attempts, headersTimeout);
            RelayResult result = await exchange.RelayAsync(request, endpoint, edits, terms);
            if (result.IsAnswered || result.Ends(request))
                return null;
            string fault = headersTimeout?.IsCancellationRequested == true ? $"no answer within {bound}" : result.Fault;
            LogAttemptFailed(endpoint.View.Pod.ToString(), fault, request.RequestId);
            request.Http.Response.Clear();
        }
        return new RouteError(StatusCodes.Status503ServiceUnavailable, "proxy", "all_endpoints_failed", "request to all pods failed");
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "Pod {Pod} failed, request {RequestId}: {Fault}")]
    private partial void LogAttemptFailed(string pod, string fault, string requestId);
}
