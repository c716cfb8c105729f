using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Kthena.Kubernetes.Core;
using Kthena.Silo.Admission.Certificates;
using Kthena.Silo.Admission.Reviews;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Admission;

/// <summary>
/// The HTTPS server that an API server asks before it stores an object of the platform. It needs no grain: it may run in a
/// silo or on its own.
/// </summary>
public sealed class AdmissionWebhookServer : IAsyncDisposable
{
    private const int ConnectionsMost = 1024;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stopping;
    private readonly Task _keeping;
    private bool _isStopped;

    private AdmissionWebhookServer(WebApplication application, CertificateKeeper keeper, CancellationTokenSource stopping)
    {
        _application = application;
        _stopping = stopping;
        Uri = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        _keeping = keeper.RunAsync(stopping.Token);
    }

    /// <summary>Where it listens, such as <c>https://127.0.0.1:8443/</c>.</summary>
    public Uri Uri { get; }

    /// <summary>Gets a certificate, writes its authority into the webhook configurations, and listens.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="client">Reaches the API server. It stays the caller's.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where changes, denials and failures are told.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <returns>The running server.</returns>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names all that are.</exception>
    /// <exception cref="AdmissionWebhookException">There is no certificate; the message says why.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<AdmissionWebhookServer> StartAsync(
        AdmissionWebhookOptions options, KubernetesClient client, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        options.Validate();
        ILogger logger = loggers.CreateLogger<AdmissionWebhookServer>();
        IPairSource source = options.Files is { } files ? new FilePairs(files) : new SecretPairs(client, options, time, logger);
        var keeper = new CertificateKeeper(source, new AuthorityBundles(client, options, logger), options, time, logger);
        await keeper.StartAsync(cancellationToken);
        WebApplication application = Build(options, keeper, loggers);
        try
        {
            application.Run(new ReviewRequests(options.RequestTimeout, options.Plugins, time, logger).HandleAsync);
            await application.StartAsync(cancellationToken);
            var server = new AdmissionWebhookServer(application, keeper, new CancellationTokenSource());
            logger.Listening(server.Uri);
            return server;
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Answers what was asked already and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isStopped)
            return;
        _isStopped = true;
        await _stopping.CancelAsync();
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _keeping;
        _stopping.Dispose();
    }

    private static WebApplication Build(AdmissionWebhookOptions options, CertificateKeeper keeper, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = StopTimeout);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.BodyBytesMost;
            kestrel.Limits.RequestHeadersTimeout = options.RequestTimeout;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMost;
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Handshake(keeper)) });
            });
        });
        return builder.Build();
    }

    /// <summary>Asked at every handshake, so that a new certificate needs no restart.</summary>
    private static SslServerAuthenticationOptions Handshake(CertificateKeeper keeper) => new()
    {
        ServerCertificateContext = keeper.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
    };
}
