using Kthena.Router.Gateway;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Metrics;

/// <summary>Answers <c>GET /metrics</c>.</summary>
internal sealed class MetricsEndpoint(RouterInstruments instruments)
{
    public const string Path = "/metrics";

    public async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Path != Path || !(HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)))
        {
            await PlainAnswer.NotFoundAsync(http.Response);
            return;
        }
        byte[] text = instruments.Write();
        http.Response.ContentType = ExpositionText.ContentType;
        http.Response.ContentLength = text.Length;
        if (HttpMethods.IsGet(http.Request.Method))
            await http.Response.Body.WriteAsync(text, http.RequestAborted);
    }
}
