using System.Net;

namespace Kthena.Router.Forwarding;

/// <summary>The connections to engines: as many as the load takes, kept for reuse, and nothing that changes what passes.</summary>
internal static class EngineConnections
{
    public static HttpMessageInvoker Open(RouterOptions options) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        // A client that leaves ends the engine's work at once: what is left of an answer is not read.
        ResponseDrainTimeout = TimeSpan.Zero,
    });
}
