using Kthena.Router.Gateway;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Accounting;

/// <summary>How a request ended, in the words of the access log and of the metrics.</summary>
/// <param name="Status">The status that the client got, or 499 when it left before there was one.</param>
/// <param name="LogType">The access log's error type; empty when nothing failed.</param>
/// <param name="Message">What failed.</param>
/// <param name="Origin"><c>router</c>, <c>upstream</c>, or empty when neither is to blame.</param>
/// <param name="MetricType">The metrics' error type; null for what upstream does not count.</param>
internal readonly record struct RequestOutcome(int Status, string LogType, string Message, string Origin, string? MetricType)
{
    public const string Successful = "successful_request";
    private const string ClientLeft = "client_disconnected";

    public static RequestOutcome Of(RoutedRequest request, RouteError? error)
    {
        HttpContext http = request.Http;
        bool hasStatus = http.Response.HasStarted || request.UpstreamStatus != 0;
        // An engine that breaks off has the client's connection aborted too: that is not the client's leaving.
        bool isEngines = request.RelayError == ForwarderError.ResponseBodyDestination;
        if (http.RequestAborted.IsCancellationRequested && !isEngines && (request.RelayError != ForwarderError.None || !hasStatus))
        {
            int status = hasStatus ? http.Response.StatusCode : StatusCodes.Status499ClientClosedRequest;
            return new RequestOutcome(status, ClientLeft, "the client closed the connection", "", ClientLeft);
        }
        if (error is not null)
            return new RequestOutcome(http.Response.StatusCode, error.LogType, error.Message, "router", error.MetricType);
        if (request.RelayError != ForwarderError.None)
        {
            return new RequestOutcome(
                http.Response.StatusCode, "proxy", $"the engine's answer broke off: {request.RelayError}", "upstream", "proxy");
        }
        return request.UpstreamStatus >= StatusCodes.Status400BadRequest
            ? new RequestOutcome(http.Response.StatusCode, "upstream_response", $"status {request.UpstreamStatus}", "upstream", RouteError.RequestFailed)
            : new RequestOutcome(http.Response.StatusCode, "", "", "", Successful);
    }
}
