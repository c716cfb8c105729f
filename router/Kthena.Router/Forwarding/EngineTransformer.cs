using System.Collections.Frozen;
using System.Diagnostics;
using System.Net;
using Kthena.Router.Gateway;
using Kthena.Routing.Accounting;
using Kthena.Routing.Body;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Forwarding;

/// <summary>What changes between client and engine in one attempt: headers, the spliced body, and the look at usage in the answer.</summary>
internal sealed class EngineTransformer(
    RoutedRequest request, BodyEdits edits, Activity? span, bool forwardsCredentials, AttemptTerms terms) : HttpTransformer
{
    public const string RequestIdHeader = "x-request-id";

    // Hop by hop (RFC 9110, 7.6.1), and what this router settles anew: host, length, encoding, id, an expectation that it met.
    private static readonly FrozenSet<string> NotForwarded = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Accept-Encoding", "Expect", RequestIdHeader,
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host");

    private static readonly FrozenSet<string> Credentials = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "Authorization", "Cookie", "X-API-Key");

    /// <summary>The body of this attempt.</summary>
    public EngineRequestContent? Content { get; private set; }

    /// <summary>Whether the engine answered that it is unavailable, which is nothing for the client while there is another.</summary>
    public bool IsPassedOver { get; private set; }

    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        Content = new EngineRequestContent(request.BodyBytes, edits);
        proxyRequest.Content = Content;
        StringValues connection = httpContext.Request.Headers.Connection;
        foreach ((string name, StringValues values) in httpContext.Request.Headers)
        {
            if (NotForwarded.Contains(name) || (!forwardsCredentials && Credentials.Contains(name)) || IsNamedIn(connection, name)
                || (span is not null && IsTrace(name)))
                continue;
            Copy(name, values, proxyRequest);
        }
        proxyRequest.Headers.TryAddWithoutValidation(RequestIdHeader, request.RequestId);
        if (span is not null)
            AddTrace(span, proxyRequest);
        AddForwarded(httpContext, proxyRequest);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
            return false;
        // From here on nothing bounds the time: a stream may be slow.
        terms.HeadersTimeout?.CancelAfter(Timeout.InfiniteTimeSpan);
        request.UpstreamStatus = (int)proxyResponse.StatusCode;
        IsPassedOver = terms.MayMoveOn && EngineAttempt.IsUnavailable(request.UpstreamStatus);
        if (IsPassedOver)
            return false;
        await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        // What the engine's connection alone is about; the transformer of the forwarder knows only the well-known ones.
        foreach (string name in proxyResponse.Headers.Connection)
            httpContext.Response.Headers.Remove(name);
        httpContext.Response.Headers[RequestIdHeader] = request.RequestId;
        if (proxyResponse.StatusCode == HttpStatusCode.OK)
            Tap(httpContext.Response, proxyResponse);
        return true;
    }

    /// <summary>Gives back what the request holds for further attempts, once there can be none.</summary>
    public bool TryEndAttempts() => request.TryEndAttempts(Content!);

    private void Tap(HttpResponse response, HttpResponseMessage engine)
    {
        string? mediaType = engine.Content.Headers.ContentType?.MediaType;
        if (string.Equals(mediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            request.SseUsage = new SseUsage(request.HidesUsage);
            if (request.HidesUsage)
                response.Headers.Remove(HeaderNames.ContentLength);
            engine.Content = new TappedContent(engine.Content, new SseTap(request.SseUsage, request.HidesUsage, request.Load), this);
        }
        else if (string.Equals(mediaType, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            request.UsageTail = new UsageTail();
            engine.Content = new TappedContent(engine.Content, new JsonTap(request.UsageTail), this);
        }
    }

    private static void Copy(string name, StringValues values, HttpRequestMessage message)
    {
        if (values.Count == 1)
        {
            if (!message.Headers.TryAddWithoutValidation(name, values[0]))
                message.Content!.Headers.TryAddWithoutValidation(name, values[0]);
            return;
        }
        if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            message.Content!.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
    }

    /// <summary>Whether a header belongs to the client's connection alone because it says so.</summary>
    private static bool IsNamedIn(StringValues connection, string name)
    {
        foreach (string? value in connection)
        {
            if (value is null || !value.Contains(name, StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (Range part in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[part].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }
        return false;
    }

    private static bool IsTrace(string name) =>
        name.Equals(HeaderNames.TraceParent, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.TraceState, StringComparison.OrdinalIgnoreCase);

    /// <summary>The engine's spans belong under this attempt, not beside the router under the client's.</summary>
    private static void AddTrace(Activity span, HttpRequestMessage message)
    {
        message.Headers.TryAddWithoutValidation(HeaderNames.TraceParent, span.Id);
        if (!string.IsNullOrEmpty(span.TraceStateString))
            message.Headers.TryAddWithoutValidation(HeaderNames.TraceState, span.TraceStateString);
    }

    private static void AddForwarded(HttpContext http, HttpRequestMessage message)
    {
        IHeaderDictionary headers = http.Request.Headers;
        string client = http.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        string before = headers["X-Forwarded-For"].ToString();
        message.Headers.TryAddWithoutValidation("X-Forwarded-For", before.Length > 0 ? $"{before}, {client}" : client);
        message.Headers.TryAddWithoutValidation("X-Forwarded-Proto", Or(headers["X-Forwarded-Proto"], http.Request.Scheme));
        message.Headers.TryAddWithoutValidation("X-Forwarded-Host", Or(headers["X-Forwarded-Host"], http.Request.Host.Value ?? ""));
    }

    private static string Or(StringValues before, string otherwise) => before.Count > 0 ? before.ToString() : otherwise;
}
