using System.Net;
using System.Net.Security;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Listening;

/// <summary>The listener that clients talk to: its limits, and TLS with HTTP/2 when there is a certificate.</summary>
internal static class GatewayListener
{
    public static WebApplication Build(RouterOptions options, CertificateFiles? certificate, ILoggerFactory loggers, TimeProvider time)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(time);
        builder.Services.AddHttpForwarder();
        // A client whose machine is gone must not keep an engine at work.
        builder.Services.Configure<SocketTransportOptions>(static sockets => sockets.CreateBoundListenSocket = SilentPeers.Bind);
        // The router's own drain timeout bounds stopping.
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Engines' headers were read byte by byte, and go on so.
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.Limits.MaxRequestBodySize = options.BodyBytesMax;
            kestrel.Limits.RequestHeadersTimeout = options.RequestHeadersTimeout;
            kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax;
            kestrel.Limits.Http2.MaxStreamsPerConnection = options.StreamsPerConnectionMax;
            kestrel.Listen(new IPEndPoint(options.ListenAddress, options.Port), listen => Configure(listen, certificate));
        });
        return builder.Build();
    }

    /// <exception cref="RouterPortInUseException">The port is in use.</exception>
    public static async Task StartAsync(WebApplication web, int port, CancellationToken cancellation)
    {
        try
        {
            await web.StartAsync(cancellation);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new RouterPortInUseException("requests", port, taken);
        }
    }

    private static void Configure(ListenOptions listen, CertificateFiles? certificate)
    {
        if (certificate is null)
        {
            // Without TLS there is nothing to choose a protocol by.
            listen.Protocols = HttpProtocols.Http1;
            return;
        }
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate.Current,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            }),
        });
    }
}
