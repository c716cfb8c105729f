using Kthena.Embedded.Engines;
using Kthena.Embedded.Kubernetes;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Router;
using Kthena.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Kthena.Cli.Up;

/// <summary>
/// The whole platform in this process, on loopback: API server, silo, simulated node, gateway. Each part is the one that
/// a cluster runs or that stands in for it; they speak to each other as they would there.
/// </summary>
internal sealed class LocalPlatform : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What was started, in that order; it stops in the reverse order.</summary>
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly TimeProvider _time;

    private LocalPlatform(UpOptions options, TimeProvider time)
    {
        _time = time;
        KubeconfigPath = Path.Combine(options.DataFolder, "kubeconfig");
        Loggers = LoggerFactory.Create(static logging => logging
            .SetMinimumLevel(LogLevel.Warning)
            // Clients come and go; what the gateway makes of it stands in its access log.
            .AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.Error)
            // A host that cannot start throws what it logs here, and the command says it in one line.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            // Orleans warns at every start that it would rather have the server's garbage collector, and that its watchdog,
            // which has yet to run, was late. Neither is news on one machine.
            .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)
            .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
            .AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace));
    }

    public Uri ApiServer { get; private set; } = null!;

    public Uri Gateway { get; private set; } = null!;

    public string KubeconfigPath { get; }

    private ILoggerFactory Loggers { get; }

    private IKubernetesTransport Transport { get; set; } = null!;

    /// <summary>Starts every part, and the quickstart's model when the data folder is new.</summary>
    /// <param name="options">How.</param>
    /// <param name="time">The clock of every part.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="StartException">A part cannot start; what had started is stopped again.</exception>
    public static async Task<LocalPlatform> StartAsync(UpOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var platform = new LocalPlatform(options, time);
        try
        {
            bool isNew = !Directory.Exists(options.DataFolder) || !Directory.EnumerateFileSystemEntries(options.DataFolder).Any();
            KubernetesClient client = await platform.StartApiServerAsync(options);
            IGrainFactory grains = await platform.StartSiloAsync(client, cancellation);
            await platform.StartNodeAsync(client, cancellation);
            RouterHost router = await platform.StartGatewayAsync(grains, options, cancellation);
            if (isNew && options.AppliesQuickstart)
                await Quickstart.ApplyAsync(client, router, time, cancellation);
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the command is asked to stop.</summary>
    /// <param name="cancellation">Ctrl-C or a termination signal.</param>
    public async Task WaitForStopAsync(CancellationToken cancellation) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out IAsyncDisposable? part))
            await part.DisposeAsync();
        Loggers.Dispose();
    }

    private async Task<KubernetesClient> StartApiServerAsync(UpOptions options)
    {
        EmbeddedApiServer server;
        try
        {
            server = await EmbeddedApiServer.StartAsync(
                new EmbeddedApiServerOptions(options.DataFolder) { Port = options.ApiPort, KubeconfigPath = KubeconfigPath, Time = _time },
                Loggers);
        }
        catch (PortInUseException taken)
        {
            throw PortInUse(options.ApiPort, "--api-port", taken);
        }
        catch (EmbeddedApiServerException unusable)
        {
            throw new StartException($"{unusable.Message} Another folder is given with --data-dir.", unusable);
        }
        _started.Push(server);
        ApiServer = server.Uri;
        var transport = new HttpKubernetesTransport(Kubeconfig.Load([KubeconfigPath]).Connection(), _time);
        _started.Push(new Owned(transport));
        var client = new KubernetesClient(transport, _time);
        _started.Push(new Owned(client));
        Transport = transport;
        return client;
    }

    private async Task<IGrainFactory> StartSiloAsync(KubernetesClient client, CancellationToken cancellation)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(_time);
        builder.Services.AddSingleton(Loggers);
        builder.Services.AddSingleton(client);
        // The gateway is in this process and needs no port of the silo's.
        builder.AddKthenaSilo(
            new SiloOptions { Transport = Transport },
            static silo => silo.UseLocalhostClustering(LoopbackPort.Free(), gatewayPort: 0));
        IHost silo = builder.Build();
        _started.Push(new StoppedHost(silo, StopTimeout));
        await silo.StartAsync(cancellation);
        return silo.Services.GetRequiredService<IGrainFactory>();
    }

    private async Task StartNodeAsync(KubernetesClient client, CancellationToken cancellation)
    {
        // The API server binds pods to nodes itself.
        var agent = new NodeAgent(client, new NodeAgentOptions { BindsPods = false }, _time, new Random(), Loggers);
        _started.Push(agent);
        await agent.StartAsync(cancellation);
    }

    private async Task<RouterHost> StartGatewayAsync(IGrainFactory grains, UpOptions options, CancellationToken cancellation)
    {
        try
        {
            RouterHost router = await RouterHost.StartAsync(grains, RouterOptionsFor(options), Loggers, _time, cancellation);
            _started.Push(router);
            Gateway = router.Address;
            return router;
        }
        catch (RouterPortInUseException taken)
        {
            throw PortInUse(taken.Port, taken.Listener == "requests" ? "--router-port" : $"--{taken.Listener}-port", taken);
        }
    }

    private static RouterOptions RouterOptionsFor(UpOptions options) => new()
    {
        Port = options.RouterPort,
        MetricsPort = options.MetricsPort ?? (options.RouterPort == UpOptions.DefaultRouterPort ? UpOptions.DefaultMetricsPort : 0),
        DebugPort = options.DebugPort ?? (options.RouterPort == UpOptions.DefaultRouterPort ? UpOptions.DefaultDebugPort : 0),
    };

    private static StartException PortInUse(int port, string option, Exception cause) =>
        new($"Port {port} on 127.0.0.1 is in use. Stop what listens there, or give another one with {option} (0 takes a free one).", cause);
}
