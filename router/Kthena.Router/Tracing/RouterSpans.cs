using System.Diagnostics;
using Kthena.Model.Routing;
using Kthena.Router.Accounting;
using Kthena.Router.Gateway;
using Kthena.Routing.Accounting;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tracing;

/// <summary>
/// The spans of a request: the whole of it, its pick, and each attempt at an engine, with OpenTelemetry's <c>gen_ai.*</c> attributes
/// and the router's own under <c>kthena.*</c>. While nobody listens every method returns at once and allocates nothing.
/// </summary>
internal static class RouterSpans
{
    public const string SourceName = "Kthena.Router";

    private const int ModelCharsMax = 256;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Whether somebody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>A request came. Its parent is the client's span.</summary>
    public static Activity? Request(HttpContext http, string requestId)
    {
        if (!Source.HasListeners())
            return null;
        IHeaderDictionary headers = http.Request.Headers;
        ActivityContext.TryParse(headers.TraceParent.ToString(), headers.TraceState.ToString(), isRemote: true, out ActivityContext parent);
        // The server's own activity is nobody's span: without a client's trace this one begins a trace.
        Activity.Current = null;
        Activity? span = Source.StartActivity(Operation(http), ActivityKind.Server, parent);
        if (span is not { IsAllDataRequested: true })
            return span;
        span.SetTag("http.request.method", http.Request.Method);
        span.SetTag("url.path", http.Request.Path.Value);
        span.SetTag("url.scheme", http.Request.Scheme);
        span.SetTag("gen_ai.operation.name", Operation(http));
        span.SetTag("kthena.request.id", requestId);
        return span;
    }

    /// <summary>The endpoint is chosen from here on.</summary>
    public static Activity? Pick(RoutedRequest request) =>
        request.Span is { } parent ? Source.StartActivity("pick", ActivityKind.Internal, parent.Context) : null;

    /// <summary>The endpoint is chosen.</summary>
    public static void Picked(Activity? span, RoutedRequest request, int matchedBlocks)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.SetTag("kthena.profile", request.Scheduling.Profile.Name);
        span.SetTag("kthena.routing_table.version", request.Table.Version);
        span.SetTag("kthena.candidates", request.Server!.Endpoints.Length);
        span.SetTag("kthena.ranked", request.RankedCount);
        span.SetTag("kthena.prompt.blocks", request.Chain.Count);
        span.SetTag("kthena.prompt.blocks_held", matchedBlocks);
    }

    /// <summary>An engine is asked.</summary>
    public static Activity? Attempt(RoutedRequest request, EngineEndpoint endpoint)
    {
        if (request.Span is not { } parent)
            return null;
        Activity? span = Source.StartActivity(parent.DisplayName, ActivityKind.Client, parent.Context);
        if (span is not { IsAllDataRequested: true })
            return span;
        span.SetTag("server.address", endpoint.Address);
        span.SetTag("server.port", endpoint.Port);
        span.SetTag("gen_ai.operation.name", Operation(request.Http));
        span.SetTag("gen_ai.request.model", Clip(request.Model));
        span.SetTag("kthena.pod", endpoint.Pod.ToString());
        if (endpoint.Phase != EndpointPhase.Whole)
            span.SetTag("kthena.phase", endpoint.Phase == EndpointPhase.Prefill ? "prefill" : "decode");
        if (request.Attempts > 1)
            span.SetTag("http.request.resend_count", request.Attempts - 1);
        return span;
    }

    /// <summary>The engine is done with.</summary>
    /// <param name="span">The attempt's span.</param>
    /// <param name="status">The engine's status; 0 when there was none.</param>
    /// <param name="fault">What went wrong; null when nothing did.</param>
    public static void Attempted(Activity? span, int status, string? fault)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        if (status != 0)
            span.SetTag("http.response.status_code", status);
        if (fault is null)
            return;
        span.SetTag("error.type", fault);
        span.SetStatus(ActivityStatusCode.Error, fault);
    }

    /// <summary>The request ended.</summary>
    public static void Ended(RoutedRequest request, in RequestOutcome outcome, TokenUsage usage)
    {
        if (request.Span is not { } span)
            return;
        if (span.IsAllDataRequested)
            Describe(span, request, outcome, usage);
        span.Dispose();
    }

    private static void Describe(Activity span, RoutedRequest request, in RequestOutcome outcome, TokenUsage usage)
    {
        span.SetTag("http.response.status_code", outcome.Status);
        if (request.Model.Length > 0)
        {
            // The name has few values: what no route knows is not among them.
            span.DisplayName = $"{Operation(request.Http)} {request.ModelLabel}";
            span.SetTag("gen_ai.request.model", Clip(request.Model));
        }
        if (usage.InputTokens > 0)
            span.SetTag("gen_ai.usage.input_tokens", usage.InputTokens);
        if (usage.OutputTokens > 0)
            span.SetTag("gen_ai.usage.output_tokens", usage.OutputTokens);
        if (request.Route.Route is { } route)
            span.SetTag("kthena.model_route", route.Key.ToString());
        if (request.Server is { } server)
        {
            span.SetTag("kthena.model_server", server.Compiled.View.Key.ToString());
            span.SetTag("gen_ai.provider.name", server.Compiled.View.Spec.InferenceEngine.ToLowerInvariant());
        }
        span.SetTag("kthena.attempts", request.Attempts);
        if (outcome.LogType.Length == 0)
            return;
        span.SetTag("error.type", outcome.LogType);
        if (outcome.Status >= StatusCodes.Status500InternalServerError || outcome.LogType == "proxy")
            span.SetStatus(ActivityStatusCode.Error, outcome.Message);
    }

    /// <summary>A client may write what it likes into its body; a collector gets a name.</summary>
    private static string Clip(string model) => model.Length <= ModelCharsMax ? model : string.Concat(model.AsSpan(0, ModelCharsMax), "…");

    private static string Operation(HttpContext http) => http.Request.Path.Value switch
    {
        "/v1/chat/completions" or "/v1/messages" or "/v1/responses" => "chat",
        "/v1/completions" => "text_completion",
        "/v1/embeddings" => "embeddings",
        _ => "generate_content",
    };
}
