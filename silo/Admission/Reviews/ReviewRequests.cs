using System.Buffers;
using System.IO.Pipelines;
using Kthena.Plugins;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Admission.Reviews;

/// <summary>Carries reviews from HTTP to the rules and the answers back.</summary>
/// <param name="timeout">How long a request's body may take to arrive.</param>
/// <param name="plugins">The plugins that ModelServings may name.</param>
/// <param name="time">Measures it.</param>
/// <param name="logger">Where denials and failures are told.</param>
internal sealed class ReviewRequests(TimeSpan timeout, PluginRegistry plugins, TimeProvider time, ILogger logger)
{
    private const string JsonType = "application/json";

    /// <summary>Handles one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ReviewAnswer answer;
        try
        {
            answer = await AnswerAsync(context);
        }
        catch (BadHttpRequestException bad)
        {
            answer = ReviewAnswer.Text(bad.StatusCode, bad.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException)
        {
            answer = ReviewAnswer.Text(StatusCodes.Status408RequestTimeout, "the body did not arrive in time");
        }
        catch (Exception failure)
        {
            logger.ReviewFailed(context.Request.Path, failure);
            answer = ReviewAnswer.Text(StatusCodes.Status500InternalServerError, "the review failed inside the server");
        }
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    private async Task<ReviewAnswer> AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string path = request.Path.Value ?? "";
        if (path == "/healthz")
            return ReviewAnswer.Text(StatusCodes.Status200OK, "ok");
        if (!ReviewEndpoint.All.TryGetValue(path, out ReviewEndpoint? endpoint))
            return ReviewAnswer.Text(StatusCodes.Status404NotFound, "no webhook has this path");
        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return ReviewAnswer.Text(StatusCodes.Status405MethodNotAllowed, "reviews are sent with POST");
        }
        if (request.ContentType != JsonType)
            return ReviewAnswer.Bad($"the Content-Type must be {JsonType}, not '{request.ContentType}'");
        using var deadline = new CancellationTokenSource(timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token);
        ReviewAnswer answer = ReviewHandler.Answer(endpoint, await ReadBodyAsync(request.BodyReader, linked.Token), plugins);
        if (answer.Denial is { } denial)
            logger.ReviewDenied(endpoint.Kind.Kind, denial);
        else if (answer.Status != StatusCodes.Status200OK)
            logger.ReviewBad(path, answer.Status);
        return answer;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(PipeReader reader, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellation);
            if (read.IsCompleted)
            {
                byte[] body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
