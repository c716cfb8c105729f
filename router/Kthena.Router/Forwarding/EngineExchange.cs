using System.Net;
using Kthena.Router.Gateway;
using Kthena.Router.Tables;
using Kthena.Routing.Body;
using Kthena.Routing.Scheduling;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Forwarding;

/// <summary>One exchange with one engine whose answer goes to the client.</summary>
internal sealed class EngineExchange(IHttpForwarder forwarder, HttpMessageInvoker engines, RouterOptions options, EngineAttempts attempts)
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
    /// <param name="terms">What it is made under. Its timeout bounds the time until the engine's headers, and may cut the exchange.</param>
    public async Task<RelayResult> RelayAsync(RoutedRequest request, EndpointState endpoint, BodyEdits edits, AttemptTerms terms)
    {
        request.Endpoint = endpoint;
        request.UpstreamStatus = 0;
        request.UsageTail = null;
        request.SseUsage = null;
        EngineAttempt attempt = attempts.Open(request, endpoint, request.Load, edits, terms);
        ForwarderError? error = null;
        try
        {
            error = await forwarder.SendAsync(
                request.Http, endpoint.BaseUrl, engines, _config, attempt.Transformer, terms.HeadersTimeout?.Token ?? CancellationToken.None);
            return new RelayResult(error.Value, attempt.Transformer.IsPassedOver ? request.UpstreamStatus : 0);
        }
        finally
        {
            string? fault = error == ForwarderError.None ? null : error?.ToString() ?? "internal";
            request.IsBufferLent |= attempt.Close(Outcome(request, error), request.UpstreamStatus, fault);
        }
    }

    /// <summary>What an attempt tells of the endpoint: nothing when the client left or the router failed, and an answer that says "your fault" is service.</summary>
    private static AttemptOutcome Outcome(RoutedRequest request, ForwarderError? error) => error switch
    {
        null or ForwarderError.RequestCreation => AttemptOutcome.Unknown,
        // The forwarder breaks the client's connection off then, which looks as if the client had left.
        ForwarderError.ResponseBodyDestination => AttemptOutcome.Failed,
        _ when request.Http.RequestAborted.IsCancellationRequested => AttemptOutcome.Unknown,
        ForwarderError.None => EngineAttempt.IsEnginesFault(request.UpstreamStatus) ? AttemptOutcome.Failed : AttemptOutcome.Served,
        _ => AttemptOutcome.Failed,
    };
}
