using System.Diagnostics;
using System.Globalization;
using System.Net;
using Kthena.Model.Resources;
using Kthena.Router.Gateway;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Tables;
using Kthena.Router.Tracing;
using Kthena.Routing.Body;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Forwarding;

/// <summary>
/// The fourth stage: sends the request to the best endpoint and relays the answer. While nothing has reached the client, a fault
/// that is the endpoint's moves on to the next; what an engine answers, be it an error, is the client's.
/// </summary>
internal sealed partial class EngineForwarder(
    IHttpForwarder forwarder, HttpMessageInvoker engines, RouterOptions options, DispatchRecorder recorder, RouterInstruments instruments,
    TimeProvider time, ILogger<EngineForwarder> logger)
{
    private readonly ForwarderRequestConfig _config = new()
    {
        // A stream may pause for as long as the engine thinks.
        ActivityTimeout = Timeout.InfiniteTimeSpan,
        Version = options.EnginesSpeakHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async ValueTask<RouteError?> ForwardAsync(RoutedRequest request)
    {
        request.ForwardedAt = time.GetTimestamp();
        BodyEdits edits = PlanEdits(request);
        int attempts = Math.Min(request.RankedCount, options.AttemptsMax);
        try
        {
            for (int attempt = 0; attempt < attempts; attempt++)
            {
                EndpointState endpoint = request.Server!.Endpoints[request.Ranked[attempt]];
                ForwarderError error = await AttemptAsync(request, endpoint, edits);
                if (error == ForwarderError.None)
                    return null;
                if (request.Http.Response.HasStarted || request.Http.RequestAborted.IsCancellationRequested)
                {
                    request.RelayError = error;
                    return null;
                }
                LogAttemptFailed(endpoint.View.Pod.ToString(), error, request.RequestId);
                request.Http.Response.Clear();
            }
            return new RouteError(StatusCodes.Status503ServiceUnavailable, "proxy", "all_endpoints_failed", "request to all pods failed");
        }
        finally
        {
            request.RelayedAt = time.GetTimestamp();
        }
    }

    private static BodyEdits PlanEdits(RoutedRequest request)
    {
        // Only completions know the option; other streams tell their usage by themselves.
        bool asksUsage = request.Http.Request.Path.Value?.EndsWith("/completions", StringComparison.Ordinal) == true;
        request.HidesUsage = asksUsage && request.Body is { IsStreaming: true, IncludesUsage: false };
        return BodyEdits.Plan(
            request.BodyBytes.Span, request.Body, request.Route.IsAdapter ? default : request.Route.Server!.EncodedModel, asksUsage);
    }

    private async ValueTask<ForwarderError> AttemptAsync(RoutedRequest request, EndpointState endpoint, BodyEdits edits)
    {
        request.Endpoint = endpoint;
        request.Attempts++;
        request.UpstreamStatus = 0;
        request.UsageTail = null;
        request.SseUsage = null;
        recorder.Dispatched(request, endpoint);
        using Activity? span = request.AttemptSpan = RouterSpans.Attempt(request, endpoint.View);
        TimeSpan? bound = request.Server!.Compiled.View.Spec.Timeout;
        using CancellationTokenSource? headersTimeout = bound is { } timeout ? new CancellationTokenSource(timeout, time) : null;
        var transformer = new EngineTransformer(request, edits, options.ForwardsClientCredentials, headersTimeout);
        Gauge upstream = instruments.Upstream(request);
        upstream.Increment();
        request.Load.Begin(endpoint, request.RankedBytes[request.Attempts - 1], time);
        AttemptOutcome outcome = AttemptOutcome.Unknown;
        try
        {
            ForwarderError error = await forwarder.SendAsync(
                request.Http, endpoint.BaseUrl, engines, _config, transformer, headersTimeout?.Token ?? CancellationToken.None);
            outcome = Outcome(request, error);
            RouterSpans.Attempted(span, request.UpstreamStatus, Fault(request.UpstreamStatus, error));
            return error;
        }
        finally
        {
            request.Load.End(outcome);
            upstream.Decrement();
            request.IsBufferLent |= transformer.Content?.IsBeingWritten == true;
        }
    }

    /// <summary>What an attempt tells of the endpoint: nothing when the client left, and an answer that says "your fault" is service.</summary>
    private static AttemptOutcome Outcome(RoutedRequest request, ForwarderError error)
    {
        if (request.Http.RequestAborted.IsCancellationRequested)
            return AttemptOutcome.Unknown;
        bool isFault = error != ForwarderError.None
            || request.UpstreamStatus is >= StatusCodes.Status500InternalServerError and not StatusCodes.Status501NotImplemented;
        return isFault ? AttemptOutcome.Failed : AttemptOutcome.Served;
    }

    private static string? Fault(int status, ForwarderError error) =>
        error != ForwarderError.None ? $"{error}"
        : status >= StatusCodes.Status400BadRequest ? status.ToString(CultureInfo.InvariantCulture)
        : null;

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "Pod {Pod} failed with {Error}, request {RequestId}.")]
    private partial void LogAttemptFailed(string pod, ForwarderError error, string requestId);
}
