using Kthena.Routing.Body;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Gateway;

/// <summary>The first stage: takes the whole body into a pooled buffer and finds its spans.</summary>
/// <param name="bodyBytesMax">The longest body.</param>
internal sealed class RequestReader(long bodyBytesMax)
{
    private const int FirstRead = 16 * 1024;

    /// <summary>A client that only claims a long body must not hold the memory of one: the buffer grows with what comes.</summary>
    private const int TrustedLength = 1024 * 1024;

    public async ValueTask<RouteError?> ReadAsync(RoutedRequest request)
    {
        HttpRequest http = request.Http.Request;
        if (http.ContentLength > bodyBytesMax)
            return TooLong();
        try
        {
            if (!await FillAsync(request, http.Body, (int?)http.ContentLength))
                return TooLong();
        }
        catch (BadHttpRequestException exception)
        {
            return new RouteError(exception.StatusCode, "request_parsing", "invalid_body", exception.Message);
        }
        catch (IOException exception)
        {
            return new RouteError(StatusCodes.Status500InternalServerError, "request_parsing", "body_unreadable", exception.Message);
        }
        if (request.BodyLength == 0)
            return new RouteError(StatusCodes.Status400BadRequest, "request_parsing", "invalid_json", "invalid request body: there is none");
        BodyFault fault = BodyReader.Read(request.BodyBytes.Span, request.Body);
        if (fault.Error is BodyError.None or BodyError.PromptMissing)
            request.Model = BodyReader.ModelName(request.BodyBytes.Span, request.Body);
        return fault.Error switch
        {
            BodyError.None => null,
            BodyError.ModelMissing => new RouteError(StatusCodes.Status404NotFound, "request_parsing", "model_not_found",
                "model not found: the body's 'model' must be a non-blank string"),
            BodyError.PromptMissing => new RouteError(StatusCodes.Status404NotFound, "prompt_parsing", "prompt_not_found",
                "prompt not found: the body needs 'prompt', 'messages' or 'input'"),
            _ => new RouteError(StatusCodes.Status400BadRequest, "request_parsing", "invalid_json",
                $"invalid request body: {fault.Detail} at byte {fault.Position}"),
        };
    }

    /// <summary>Reads to the end; false when that is beyond the limit.</summary>
    private async ValueTask<bool> FillAsync(RoutedRequest request, Stream body, int? length)
    {
        Memory<byte> buffer = request.Buffer(Math.Clamp(length ?? FirstRead, 1, TrustedLength));
        while (true)
        {
            if (request.BodyLength == buffer.Length)
                buffer = request.Buffer((int)Math.Min(buffer.Length * 2L, bodyBytesMax + 1));
            int read = await body.ReadAsync(buffer[request.BodyLength..], request.Http.RequestAborted);
            if (read == 0)
                return true;
            request.BodyLength += read;
            if (request.BodyLength > bodyBytesMax)
                return false;
            if (request.BodyLength == length)
                return true;
        }
    }

    private RouteError TooLong() => new(
        StatusCodes.Status413PayloadTooLarge, "request_parsing", "body_too_long", $"the request body is longer than {bodyBytesMax} bytes");
}
