using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Kthena.Embedded.Engines;

/// <summary>Errors in the shape that OpenAI's clients read.</summary>
internal static class EngineError
{
    public static Task WriteAsync(HttpContext context, int status, string message, string? parameter = null)
    {
        string type = status switch
        {
            404 => "NotFoundError",
            405 => "MethodNotAllowedError",
            413 => "RequestTooLargeError",
            _ => "BadRequestError",
        };
        return JsonAnswer.WriteAsync(context, status, new JsonObject
        {
            ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = parameter, ["code"] = status },
        });
    }
}

/// <summary>Writes small JSON answers.</summary>
internal static class JsonAnswer
{
    public static Task WriteAsync(HttpContext context, int status, JsonObject json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json.ToJsonString(), context.RequestAborted);
    }
}
