using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Gateway;

/// <summary>Answers for paths that are nobody's.</summary>
internal static class PlainAnswer
{
    public static Task NotFoundAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status404NotFound;
        response.ContentType = "text/plain";
        return response.WriteAsync("404 page not found");
    }
}
