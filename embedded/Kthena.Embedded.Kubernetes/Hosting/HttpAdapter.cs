using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Kthena.Embedded.Kubernetes.Hosting;

/// <summary>Carries requests from HTTP to the API server and answers back: authentication, bodies, watches.</summary>
internal sealed partial class HttpAdapter(ApiServer server, string token, ILogger logger, CancellationToken stopping)
{
    // As much as is put into the connection before waiting for the client to take it.
    private const int FlushBytes = 64 * 1024;

    private readonly byte[] _expected = Encoding.ASCII.GetBytes($"Bearer {token}");

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (!IsAllowed(context.Request))
            {
                await WriteStatusAsync(context, 401, "Unauthorized", "the request bears no valid token: use the kubeconfig that this server wrote");
                return;
            }
            ApiResponse response = await server.HandleAsync(await ReadAsync(context.Request, context.RequestAborted));
            foreach (string warning in response.Warnings)
                context.Response.Headers.Append(HeaderNames.Warning, $"299 - {Quote(warning)}");
            context.Response.StatusCode = response.Status;
            context.Response.ContentType = response.ContentType;
            if (response.Watch is { } watch)
                await WriteWatchAsync(context, watch);
            else if (response.Stream is { } stream)
                await WriteStreamAsync(context, stream);
            else
                await WriteBodyAsync(context, response);
        }
        catch (BadHttpRequestException bad)
        {
            await WriteStatusAsync(context, bad.StatusCode, bad.StatusCode == 413 ? "RequestEntityTooLarge" : "BadRequest", bad.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested)
        {
            // The client went away, or the server stops: there is nobody to answer.
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            LogFailure(context.Request.Method, context.Request.Path, failure);
            await WriteStatusAsync(context, 500, "InternalError", $"an error on the server prevented the request from succeeding: {failure.Message}");
        }
    }

    private static async Task<ApiRequest> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        string accept = request.Headers.Accept.ToString();
        return new ApiRequest(request.Method, request.Path.Value ?? "/", request.QueryString.Value ?? "")
        {
            ContentType = request.ContentType ?? "",
            Accept = accept.Length == 0 ? "application/json" : accept,
            UserAgent = request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent : "unknown",
            Body = await ReadBodyAsync(request, cancellation),
        };
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength == 0 || request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
            return default;
        while (true)
        {
            ReadResult read = await request.BodyReader.ReadAsync(cancellation);
            if (read.IsCompleted)
            {
                byte[] body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async Task WriteBodyAsync(HttpContext context, ApiResponse response)
    {
        context.Response.ContentLength = response.BodyLength;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        PipeWriter writer = context.Response.BodyWriter;
        int pending = 0;
        foreach (ReadOnlyMemory<byte> segment in response.Body)
        {
            writer.Write(segment.Span);
            pending += segment.Length;
            if (pending < FlushBytes)
                continue;
            pending = 0;
            FlushResult flushed = await writer.FlushAsync(context.RequestAborted);
            if (flushed.IsCompleted)
                return;
        }
    }

    private async Task WriteWatchAsync(HttpContext context, WatchStream watch)
    {
        using WatchStream open = watch;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await context.Response.StartAsync(ended.Token);
        PipeWriter writer = context.Response.BodyWriter;
        await writer.FlushAsync(ended.Token);
        while (await open.WaitToReadAsync(ended.Token))
        {
            int pending = 0;
            while (open.TryRead(out WatchFrame? frame))
            {
                writer.Write(frame.Value.Head.Span);
                writer.Write(frame.Value.Content.Span);
                writer.Write(frame.Value.Tail.Span);
                pending += frame.Value.Content.Length;
                if (pending < FlushBytes)
                    continue;
                pending = 0;
                if ((await writer.FlushAsync(ended.Token)).IsCompleted)
                    return;
            }
            if ((await writer.FlushAsync(ended.Token)).IsCompleted)
                return;
        }
        await writer.FlushAsync(ended.Token);
    }

    private async Task WriteStreamAsync(HttpContext context, IAsyncEnumerable<ReadOnlyMemory<byte>> stream)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await context.Response.StartAsync(ended.Token);
        await context.Response.BodyWriter.FlushAsync(ended.Token);
        await foreach (ReadOnlyMemory<byte> part in stream.WithCancellation(ended.Token))
        {
            if ((await context.Response.BodyWriter.WriteAsync(part, ended.Token)).IsCompleted)
                return;
        }
    }

    /// <summary>A quoted string of HTTP, in which only printable ASCII may stand.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text)
        {
            if (letter is '"' or '\\')
                quoted.Append('\\');
            quoted.Append(letter is >= ' ' and <= '~' ? letter : '?');
        }
        return quoted.Append('"').ToString();
    }

    private bool IsAllowed(HttpRequest request)
    {
        if (request.Path.Value is "/healthz" or "/livez" or "/readyz" or "/version")
            return true;
        string given = request.Headers.Authorization.ToString();
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _expected);
    }

    /// <summary>kubectl prints messages as they come: an apostrophe stays one.</summary>
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static async Task WriteStatusAsync(HttpContext context, int code, string reason, string message)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new
        {
            kind = "Status",
            apiVersion = "v1",
            metadata = new { },
            status = "Failure",
            message,
            reason,
            code,
        }, Relaxed));
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed inside the API server")]
    private partial void LogFailure(string method, PathString path, Exception failure);
}
