using System.Collections.Immutable;
using Kthena.Router.Accounting;
using Kthena.Router.Forwarding;
using Kthena.Router.Listening;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Tables;
using Kthena.Router.Tracing;
using Kthena.Routing;
using Kthena.Routing.Matching;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;

namespace Kthena.Router.Gateway;

/// <summary>The way of a request: read, match, admit, pick, forward, account. The first stage that fails decides the answer.</summary>
internal sealed partial class GatewayPipeline(
    SnapshotFollower snapshots,
    Readiness readiness,
    RequestReader reader,
    AdmitStage admission,
    EndpointPicker picker,
    EngineForwarder forwarder,
    AccountStage accounts,
    BodyBuffers buffers,
    RouterInstruments instruments,
    RouterOptions options,
    TimeProvider time,
    ulong seed,
    ILogger<GatewayPipeline> logger)
{
    private const int RequestIdCharsMax = 128;
    private const string Models = "/v1/models";
    private static readonly byte[] Healthy = """{"message":"ok"}"""u8.ToArray();

    private readonly DefaultObjectPool<RoutedRequest> _requests = new(new RoutedRequestPolicy(buffers), 1024);
    private readonly MetricsEndpoint _metrics = new(instruments);
    private ulong _seed = seed;

    public Task InvokeAsync(HttpContext http)
    {
        string path = http.Request.Path.Value ?? "";
        if (path.StartsWith("/v1/", StringComparison.Ordinal))
            return RouteAsync(http);
        return path switch
        {
            "/healthz" => ErrorAnswer.WriteJsonAsync(http.Response, Healthy).AsTask(),
            "/readyz" => ReadyAsync(http.Response),
            MetricsEndpoint.Path when options.ExposesMetricsOnRouterPort => _metrics.AnswerAsync(http),
            _ => PlainAnswer.NotFoundAsync(http.Response),
        };
    }

    private async Task RouteAsync(HttpContext http)
    {
        RoutedRequest request = _requests.Get();
        request.Begin(http, snapshots.Table, RequestId(http), time.GetTimestamp(), time.GetUtcNow(), Interlocked.Add(ref _seed, 0x9E3779B97F4A7C15));
        http.Response.Headers[EngineTransformer.RequestIdHeader] = request.RequestId;
        instruments.RequestBegan();
        request.Span = RouterSpans.Request(http, request.RequestId);
        RouteError? error = null;
        try
        {
            error = await StagesAsync(request);
            if (error is not null && !http.RequestAborted.IsCancellationRequested)
                await ErrorAnswer.WriteAsync(http.Response, WithRequestId(http, request, error));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left; there is nobody to answer.
        }
        catch (Exception exception)
        {
            LogUnexpected(exception, request.RequestId);
            error = new RouteError(StatusCodes.Status500InternalServerError, "internal", "internal_error", "the router failed; see its log");
            await FailAsync(http, request, error);
        }
        finally
        {
            accounts.Complete(request, error);
            request.End();
            _requests.Return(request);
        }
    }

    private async ValueTask<RouteError?> StagesAsync(RoutedRequest request)
    {
        HttpRequest http = request.Http.Request;
        if ((HttpMethods.IsGet(http.Method) || HttpMethods.IsHead(http.Method)) && http.Path.StartsWithSegments(Models, StringComparison.Ordinal, out PathString rest))
            return await ListAsync(request, rest);
        RouteError? error = await reader.ReadAsync(request);
        if (error is null || request.Model.Length > 0)
            instruments.ModelKnown(request);
        if (error is not null)
            return error;
        request.ReadAt = time.GetTimestamp();
        return RouteStage.Match(request)
            ?? Admit(request)
            ?? await picker.PickAsync(request)
            ?? await forwarder.ForwardAsync(request);
    }

    private RouteError? Admit(RoutedRequest request)
    {
        // Adapters are not limited, as upstream has it.
        if (request.Route.IsAdapter || request.Table.Limits(request.Route.Route!.Key) is not { } limits)
            return null;
        picker.ReadPrompt(request);
        return admission.Admit(request, limits);
    }

    private static async ValueTask FailAsync(HttpContext http, RoutedRequest request, RouteError error)
    {
        if (http.Response.HasStarted)
        {
            // Half an answer must not look whole.
            http.Abort();
            return;
        }
        http.Response.Clear();
        await ErrorAnswer.WriteAsync(http.Response, WithRequestId(http, request, error));
    }

    private static RouteError WithRequestId(HttpContext http, RoutedRequest request, RouteError error)
    {
        http.Response.Headers[EngineTransformer.RequestIdHeader] = request.RequestId;
        return error;
    }

    /// <summary>The client's id when it can stand in a header and a log, else a new one.</summary>
    private static string RequestId(HttpContext http)
    {
        string id = http.Request.Headers[EngineTransformer.RequestIdHeader].ToString();
        bool isUsable = id.Length is > 0 and <= RequestIdCharsMax && !id.AsSpan().ContainsAnyExceptInRange('!', '~');
        return isUsable ? id : Guid.NewGuid().ToString();
    }

    /// <summary>Answers with every model, or with the one that the path names. Names have slashes, which some clients escape.</summary>
    private static async ValueTask<RouteError?> ListAsync(RoutedRequest request, PathString rest)
    {
        request.IsListing = true;
        RouteTable routes = request.Table.Routes;
        string name = (rest.Value ?? "").TrimStart('/').Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        bool isKnown = name.Length == 0 || routes.ModelNames.BinarySearch(name, StringComparer.Ordinal) >= 0;
        if (!isKnown)
            return new RouteError(StatusCodes.Status404NotFound, "route_not_found", "model_not_found", RouteStage.Unknown(routes, name));
        await ErrorAnswer.WriteJsonAsync(request.Http.Response, name.Length == 0 ? request.Table.ModelList : ModelList.Write(name));
        return null;
    }

    private Task ReadyAsync(HttpResponse response)
    {
        TimeSpan? stale = snapshots.StaleFor;
        bool isReady = snapshots.HasTable && !readiness.IsLeaving && !(stale > options.SnapshotAgeMax);
        response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        byte[] answer = snapshots.HasTable && stale is { } age ? ReadyAnswer.Stale(isReady, age) : isReady ? ReadyAnswer.Ready : ReadyAnswer.NotReady;
        return ErrorAnswer.WriteJsonAsync(response, answer).AsTask();
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "Request {RequestId} failed inside the router.")]
    private partial void LogUnexpected(Exception exception, string requestId);
}
