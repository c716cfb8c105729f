using Kthena.Router.Gateway;
using Kthena.Router.Metrics;
using Kthena.Router.Tracing;
using Kthena.Routing.Accounting;

namespace Kthena.Router.Accounting;

/// <summary>The last stage: counts the request and tells what became of it.</summary>
internal sealed class AccountStage(AccessLogWriter log, AdmitStage admission, RouterInstruments instruments, TimeProvider time)
{
    private const int NameCharsMax = 256;
    private const int MessageCharsMax = 1024;

    public void Complete(RoutedRequest request, RouteError? error)
    {
        TokenUsage told = request.SseUsage?.Usage ?? request.UsageTail?.Read() ?? default;
        TokenUsage usage = told.InputTokens > 0 ? told : told with { InputTokens = request.Chain.PromptTokens };
        // A client that leaves before its stream told of usage has had tokens all the same.
        admission.End(request, usage.OutputTokens > 0 ? usage.OutputTokens : request.SseUsage?.Events ?? 0);
        RequestOutcome outcome = RequestOutcome.Of(request, error);
        if (request.IsListing)
            outcome = outcome with { MetricType = null };
        long now = time.GetTimestamp();
        instruments.RequestEnded(request, outcome.MetricType, outcome.Status, time.GetElapsedTime(request.ReceivedAt, now), usage);
        RouterSpans.Ended(request, outcome, usage);
        if (log.IsEnabled)
            log.Write(Entry(request, outcome, usage, now));
    }

    private AccessLogEntry Entry(RoutedRequest request, RequestOutcome outcome, TokenUsage usage, long now)
    {
        string target = request.Route.Route is null ? "" : request.Route.Target.ToString();
        return new AccessLogEntry
        {
            Timestamp = request.Timestamp,
            Method = request.Http.Request.Method,
            Path = request.Http.Request.Path.Value ?? "",
            Protocol = request.Http.Request.Protocol,
            StatusCode = outcome.Status,
            ErrorType = outcome.LogType,
            ErrorMessage = Clip(outcome.Message, MessageCharsMax),
            ModelName = Clip(request.Model, NameCharsMax),
            ModelRoute = request.Route.Route?.Key.ToString() ?? "",
            ModelServer = target,
            SelectedPod = request.Endpoint?.View.Pod.Name ?? "",
            RequestId = request.RequestId,
            BackendType = target.Length > 0 ? "model_server" : "",
            BackendName = target,
            UpstreamModel = UpstreamModel(request),
            UpstreamStatusCode = request.UpstreamStatus,
            UpstreamAttempts = request.Attempts,
            ErrorOrigin = outcome.Origin,
            InputTokens = usage.InputTokens,
            OutputTokens = usage.OutputTokens,
            TotalDuration = time.GetElapsedTime(request.ReceivedAt, now),
            RequestDuration = time.GetElapsedTime(request.ReceivedAt, request.ReadAt == 0 ? now : request.ReadAt),
            UpstreamDuration = request.ForwardedAt == 0 ? TimeSpan.Zero : time.GetElapsedTime(request.ForwardedAt, request.RelayedAt),
            ResponseDuration = request.RelayedAt == 0 ? TimeSpan.Zero : time.GetElapsedTime(request.RelayedAt, now),
        };
    }

    private static string UpstreamModel(RoutedRequest request) =>
        request.Attempts == 0 ? ""
        : request.Route.IsAdapter ? request.Model
        : request.Route.Server?.View.Spec.Model ?? request.Model;

    /// <summary>What clients send may be long; a line of the log may not.</summary>
    private static string Clip(string value, int charsMax) => value.Length <= charsMax ? value : string.Concat(value.AsSpan(0, charsMax), "…");
}
