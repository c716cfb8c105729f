using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Admission;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Definitions;
using Kthena.Embedded.Kubernetes.Hosting;
using Kthena.Embedded.Kubernetes.Security;
using Kthena.Embedded.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Embedded.Kubernetes;

/// <summary>
/// A Kubernetes API server in this process: HTTPS on 127.0.0.1 with an authority of its own, a bearer token, and objects
/// that survive the process. A write is answered once it is on disk.
/// </summary>
public sealed partial class EmbeddedApiServer : IAsyncDisposable
{
    private const long BodyBytesMost = 3 * 1024 * 1024;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly DurableStore _store;
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stopping;
    private readonly Task _controllers;
    private bool _isStopped;

    private EmbeddedApiServer(
        ApiServer server, DurableStore store, WebApplication application, ServerIdentity identity, CancellationTokenSource stopping, ILogger logger)
    {
        Server = server;
        _store = store;
        _application = application;
        _stopping = stopping;
        Uri = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Token = identity.Token;
        CaCertificatePem = identity.AuthorityPem;
        _controllers = RunControllersAsync(logger);
    }

    /// <summary>The server behind the sockets, for callers in this process.</summary>
    public ApiServer Server { get; }

    /// <summary>Where it listens, such as <c>https://127.0.0.1:6443/</c>.</summary>
    public Uri Uri { get; }

    /// <summary>The bearer token that every request must carry.</summary>
    public string Token { get; }

    /// <summary>The certificate authority to trust, PEM.</summary>
    public string CaCertificatePem { get; }

    /// <summary>Opens the data folder and listens.</summary>
    /// <param name="options">Where.</param>
    /// <param name="loggers">Where failures are logged; null for nowhere.</param>
    /// <returns>The running server.</returns>
    /// <exception cref="EmbeddedApiServerException">It cannot start: one of the derived types says why and what helps.</exception>
    public static async Task<EmbeddedApiServer> StartAsync(EmbeddedApiServerOptions options, ILoggerFactory? loggers = null)
    {
        string folder = Path.GetFullPath(options.DataFolder);
        (ServerIdentity identity, DurableStore store) = OpenFolder(folder, options.Time);
        var stopping = new CancellationTokenSource();
        WebApplication? application = null;
        try
        {
            ILogger logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<EmbeddedApiServer>();
            ApiServer server = await OpenServerAsync(folder, store, options);
            application = BuildApplication(identity, options.Port, loggers);
            var adapter = new HttpAdapter(server, identity.Token, logger, stopping.Token);
            application.Run(adapter.HandleAsync);
            await ListenAsync(application, options.Port);
            var running = new EmbeddedApiServer(server, store, application, identity, stopping, logger);
            if (options.KubeconfigPath is { } path)
                WriteKubeconfig(path, running.Uri, identity);
            return running;
        }
        catch
        {
            stopping.Dispose();
            if (application is not null)
                await application.DisposeAsync();
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends watches, finishes what is under way and closes the data folder.</summary>
    public Task StopAsync() => EndAsync(_store.DisposeAsync);

    /// <summary>Ends as a killed process does: connections are cut and what is not on disk is lost.</summary>
    public Task AbandonAsync() => EndAsync(_store.AbandonAsync);

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task EndAsync(Func<ValueTask> close)
    {
        if (_isStopped)
            return;
        _isStopped = true;
        await _stopping.CancelAsync();
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _controllers;
        await close();
        _stopping.Dispose();
    }

    private async Task RunControllersAsync(ILogger logger)
    {
        try
        {
            await Task.Run(() => Server.RunControllersAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
        catch (Exception failure)
        {
            LogControllersFailed(logger, failure);
        }
    }

    private static (ServerIdentity Identity, DurableStore Store) OpenFolder(string folder, TimeProvider time)
    {
        DurableStore? store = null;
        try
        {
            PrivateFiles.CreateFolder(folder);
            store = DurableStore.Open(Path.Combine(folder, "kubernetes.db"));
            return (ServerIdentity.Open(folder, time.GetUtcNow()), store);
        }
        catch (StoreInUseException inUse)
        {
            throw new DataFolderInUseException(folder, inUse);
        }
        catch (StoreDamagedException damaged)
        {
            throw new DataFolderDamagedException(folder, damaged.Message, damaged);
        }
        catch (Exception damaged) when (damaged is CryptographicException or ArgumentException)
        {
            Close(store);
            throw new DataFolderDamagedException(folder, $"the certificate authority or the token cannot be read ({damaged.Message.TrimEnd('.')}).", damaged);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            Close(store);
            throw new DataFolderUnusableException(folder, unusable);
        }
    }

    private static void Close(DurableStore? store) => store?.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static async Task<ApiServer> OpenServerAsync(string folder, DurableStore store, EmbeddedApiServerOptions options)
    {
        try
        {
            return await ApiServer.StartAsync(new ApiServerOptions
            {
                Time = options.Time,
                Identifiers = new RandomIdentifiers(new Random(RandomNumberGenerator.GetInt32(int.MaxValue))),
                Journal = new StoreJournal(store),
                PodLogs = options.PodLogs,
                Admission = [new KthenaAdmission(options.Plugins)],
                Definitions = [.. ShippedDefinitions.Read(), .. options.Definitions],
            });
        }
        catch (Exception damaged) when (damaged is JsonException or FormatException or ArgumentException)
        {
            throw new DataFolderDamagedException(folder, $"a stored object cannot be read ({damaged.Message.TrimEnd('.')}).", damaged);
        }
    }

    private static WebApplication BuildApplication(ServerIdentity identity, int port, ILoggerFactory? loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers ?? NullLoggerFactory.Instance);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = StopTimeout);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMost;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(identity.Serving);
            });
        });
        return builder.Build();
    }

    private static async Task ListenAsync(WebApplication application, int port)
    {
        try
        {
            await application.StartAsync();
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new PortInUseException(port, taken);
        }
    }

    private static void WriteKubeconfig(string path, Uri uri, ServerIdentity identity)
    {
        string full = Path.GetFullPath(path);
        try
        {
            PrivateFiles.CreateFolder(Path.GetDirectoryName(full)!);
            PrivateFiles.Write(full, Kubeconfig.Write(uri, identity));
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedApiServerException($"The kubeconfig {full} cannot be written: {unusable.Message} Choose another path.", unusable);
        }
    }

    [LoggerMessage(2, LogLevel.Critical, "Pods are no longer bound and garbage is no longer collected; restart the server")]
    private static partial void LogControllersFailed(ILogger logger, Exception failure);
}
