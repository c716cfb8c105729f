using Kthena.Router.Gateway;
using Kthena.Routing.Accounting;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Accounting;

/// <summary>The last stage: tells what became of the request.</summary>
internal sealed class AccountStage(AccessLogWriter log, TimeProvider time)
{
    public void Complete(RoutedRequest request, RouteError? error)
    {
        if (!log.IsEnabled)
            return;
        TokenUsage usage = request.SseUsage?.Usage ?? request.UsageTail?.Read() ?? default;
        long now = time.GetTimestamp();
        string target = request.Route.Route is null ? "" : request.Route.Target.ToString();
        bool isUpstreamError = error is null && request.UpstreamStatus >= StatusCodes.Status400BadRequest;
        log.Write(new AccessLogEntry
        {
            Timestamp = request.Timestamp,
            Method = request.Http.Request.Method,
            Path = request.Http.Request.Path.Value ?? "",
            Protocol = request.Http.Request.Protocol,
            StatusCode = request.Http.Response.StatusCode,
            ErrorType = error?.LogType ?? (isUpstreamError ? "upstream_response" : ""),
            ErrorMessage = error?.Message ?? (isUpstreamError ? $"status {request.UpstreamStatus}" : ""),
            ModelName = request.Model,
            ModelRoute = request.Route.Route?.Key.ToString() ?? "",
            ModelServer = target,
            SelectedPod = request.Endpoint?.View.Pod.Name ?? "",
            RequestId = request.RequestId,
            BackendType = target.Length > 0 ? "model_server" : "",
            BackendName = target,
            UpstreamModel = UpstreamModel(request),
            UpstreamStatusCode = request.UpstreamStatus,
            UpstreamAttempts = request.Attempts,
            ErrorOrigin = error is not null ? "router" : isUpstreamError ? "upstream" : "",
            InputTokens = usage.InputTokens > 0 ? usage.InputTokens : request.Chain.PromptTokens,
            OutputTokens = usage.OutputTokens,
            TotalDuration = time.GetElapsedTime(request.ReceivedAt, now),
            RequestDuration = request.ReadAt == 0 ? time.GetElapsedTime(request.ReceivedAt, now) : time.GetElapsedTime(request.ReceivedAt, request.ReadAt),
            UpstreamDuration = request.ForwardedAt == 0 ? TimeSpan.Zero : time.GetElapsedTime(request.ForwardedAt, request.RelayedAt),
            ResponseDuration = request.RelayedAt == 0 ? TimeSpan.Zero : time.GetElapsedTime(request.RelayedAt, now),
        });
    }

    private static string UpstreamModel(RoutedRequest request) =>
        request.Attempts == 0 ? ""
        : request.Route.IsAdapter ? request.Model
        : request.Route.Server?.View.Spec.Model ?? request.Model;
}
