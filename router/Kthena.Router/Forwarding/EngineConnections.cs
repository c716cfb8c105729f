using System.Net;

namespace Kthena.Router.Forwarding;

/// <summary>The connections to engines: as many as the load takes, kept for reuse, and nothing that changes what passes.</summary>
internal static class EngineConnections
{
    /// <summary>
    /// How long a connection waits for its next request. Uvicorn, and with it vLLM and SGLang, closes one after 5 s: whoever sends a body into a
    /// connection that is just being closed has the request fail, and nobody knows whether it was read. Looked at each quarter of it.
    /// </summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(3);

    public static HttpMessageInvoker Open(RouterOptions options) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = IdleMax,
        // A client that leaves ends the engine's work at once: what is left of an answer is not read.
        ResponseDrainTimeout = TimeSpan.Zero,
    });
}
