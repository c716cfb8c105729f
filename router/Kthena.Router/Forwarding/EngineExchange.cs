using System.Diagnostics;
using System.Globalization;
using System.Net;
using Kthena.Router.Gateway;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Tables;
using Kthena.Router.Tracing;
using Kthena.Routing.Body;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Forwarding;

/// <summary>One exchange with one engine whose answer goes to the client.</summary>
internal sealed class EngineExchange(
    IHttpForwarder forwarder, HttpMessageInvoker engines, RouterOptions options, DispatchRecorder recorder, RouterInstruments instruments, TimeProvider time)
{
    private readonly ForwarderRequestConfig _config = new()
    {
        // A stream may pause for as long as the engine thinks.
        ActivityTimeout = Timeout.InfiniteTimeSpan,
        Version = VersionOf(options),
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>What engines are spoken to by.</summary>
    public static Version VersionOf(RouterOptions options) => options.EnginesSpeakHttp2 ? HttpVersion.Version20 : HttpVersion.Version11;

    /// <summary>Sends the request and relays the answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="endpoint">Where it goes.</param>
    /// <param name="edits">What changes in its body.</param>
    /// <param name="uncachedBytes">How much of the prompt the endpoint must compute.</param>
    /// <param name="headersTimeout">Bounds the time until the engine's headers, and may cut the exchange; null bounds nothing.</param>
    public async Task<ForwarderError> RelayAsync(
        RoutedRequest request, EndpointState endpoint, BodyEdits edits, long uncachedBytes, CancellationTokenSource? headersTimeout)
    {
        request.Endpoint = endpoint;
        request.UpstreamStatus = 0;
        request.UsageTail = null;
        request.SseUsage = null;
        recorder.Dispatched(request, endpoint);
        using Activity? span = RouterSpans.Attempt(request, endpoint.View);
        var transformer = new EngineTransformer(request, edits, span, options.ForwardsClientCredentials, headersTimeout);
        Gauge upstream = instruments.Upstream(request);
        upstream.Increment();
        request.Load.Begin(endpoint, uncachedBytes, time);
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

    /// <summary>Whether an answer says that the engine itself is at fault, rather than the request.</summary>
    public static bool IsEnginesFault(int status) =>
        status is >= StatusCodes.Status500InternalServerError and not StatusCodes.Status501NotImplemented;

    /// <summary>What an attempt tells of the endpoint: nothing when the client left, and an answer that says "your fault" is service.</summary>
    private static AttemptOutcome Outcome(RoutedRequest request, ForwarderError error) =>
        request.Http.RequestAborted.IsCancellationRequested ? AttemptOutcome.Unknown
        : error != ForwarderError.None || IsEnginesFault(request.UpstreamStatus) ? AttemptOutcome.Failed
        : AttemptOutcome.Served;

    private static string? Fault(int status, ForwarderError error) =>
        error != ForwarderError.None ? $"{error}"
        : status >= StatusCodes.Status400BadRequest ? status.ToString(CultureInfo.InvariantCulture)
        : null;
}
