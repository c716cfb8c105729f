using Kthena.Embedded.Kubernetes;
using Kthena.Embedded.Kubernetes.Definitions;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Router;
using Kthena.Silo;
using Kthena.Silo.Admission;
using Kthena.Silo.Debugging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Kthena.Cli.Hosting;

/// <summary>The parts of the platform that run in this process. They stop in the reverse of the order in which they started.</summary>
/// <param name="loggers">Where the parts log.</param>
/// <param name="time">The clock of every part.</param>
internal sealed class RunningParts(ILoggerFactory loggers, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly Stack<IAsyncDisposable> _started = new();
    private IServiceProvider? _silo;

    /// <summary>Where Orleans' dashboard is; null without.</summary>
    public Uri? Dashboard { get; private set; }

    /// <summary>Takes charge of a part that has started.</summary>
    /// <typeparam name="T">The part.</typeparam>
    /// <param name="part">What to stop later.</param>
    public T Add<T>(T part)
        where T : IAsyncDisposable
    {
        _started.Push(part);
        return part;
    }

    /// <summary>Makes a client of an API server.</summary>
    /// <param name="connection">Where it is.</param>
    /// <param name="requestsPerSecond">How many requests may be sent a second; 0 sets no limit.</param>
    /// <param name="burst">How many may be sent at once after a rest; 0 takes twice as many as a second.</param>
    public (IKubernetesTransport Transport, KubernetesClient Client) Connect(
        KubernetesConnection connection, double requestsPerSecond = 0, int burst = 0)
    {
        var transport = new HttpKubernetesTransport(connection, time);
        _started.Push(new Owned(transport));
        var client = new KubernetesClient(
            transport, time, new KubernetesClientOptions { RequestsPerSecond = requestsPerSecond, Burst = burst, Chance = new Random() });
        _started.Push(new Owned(client));
        return (transport, client);
    }

    /// <summary>Starts an API server that keeps its objects in a folder and serves the kinds of other projects that the platform serves.</summary>
    /// <param name="options">Its settings, folder and port as the options <c>--data-dir</c> and <c>--api-port</c> gave them.</param>
    /// <exception cref="StartException">Port or folder cannot be used.</exception>
    public async Task<EmbeddedApiServer> StartApiServerAsync(EmbeddedApiServerOptions options)
    {
        try
        {
            return Add(await EmbeddedApiServer.StartAsync(options with { Time = time, Definitions = ShippedDefinitions.ReadForeign() }, loggers));
        }
        catch (PortInUseException taken)
        {
            throw StartException.PortInUse(options.Port, "--api-port", taken);
        }
        catch (EmbeddedApiServerException unusable)
        {
            throw new StartException($"{unusable.Message} Another folder is given with --data-dir.", unusable);
        }
    }

    /// <summary>Starts a silo of the control plane.</summary>
    /// <param name="transport">The silo's way to the API server.</param>
    /// <param name="client">The client that the silo shares with the rest of the process.</param>
    /// <param name="clustering">How silos find each other.</param>
    /// <param name="dashboardPort">The port of Orleans' dashboard, which <paramref name="clustering"/> added; 0 takes a free one, null is without.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <param name="servesModelServings">Whether ModelServings are served.</param>
    /// <param name="servesLeaderWorkerSets">Whether LeaderWorkerSets become ModelServings.</param>
    /// <returns>What calls grains from this process.</returns>
    /// <exception cref="StartException">The dashboard's port is in use, or a file that the options name cannot be used.</exception>
    public async Task<IGrainFactory> StartSiloAsync(
        IKubernetesTransport transport,
        KubernetesClient client,
        Action<ISiloBuilder> clustering,
        int? dashboardPort,
        CancellationToken cancellation,
        bool servesModelServings = true,
        bool servesLeaderWorkerSets = true)
    {
        IHostApplicationBuilder builder = dashboardPort is int port
            ? DashboardHost.CreateBuilder(port)
            : Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(client);
        var options = new SiloOptions { Transport = transport, ServesModelServings = servesModelServings, ServesLeaderWorkerSets = servesLeaderWorkerSets };
        IHost silo = Build(builder, options, clustering);
        _started.Push(new StoppedHost(silo, StopTimeout));
        try
        {
            await silo.StartAsync(cancellation);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException && dashboardPort is int used)
        {
            throw StartException.PortInUse(used, "--dashboard-port", taken);
        }
        if (silo is WebApplication web)
            Dashboard = DashboardHost.AddressOf(web);
        _silo = silo.Services;
        return silo.Services.GetRequiredService<IGrainFactory>();
    }

    /// <summary>Starts the debug endpoints of the silo that was started.</summary>
    /// <param name="port">The port on loopback; 0 takes a free one.</param>
    /// <param name="option">The option that gave it.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="StartException">The port is in use.</exception>
    public async Task<DebugServer> StartDebugServerAsync(int port, string option, CancellationToken cancellation)
    {
        try
        {
            var options = new DebugServerOptions { Port = port };
            return Add(await DebugServer.StartAsync(options, _silo ?? throw new InvalidOperationException("No silo was started."), loggers, cancellation));
        }
        catch (IOException taken)
        {
            throw StartException.PortInUse(port, option, taken);
        }
    }

    /// <summary>Starts the admission webhooks.</summary>
    /// <param name="options">Their settings, as the options of the command gave them.</param>
    /// <param name="client">Reaches the API server.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="StartException">There is no certificate, a setting cannot be used, or the port is in use.</exception>
    public async Task<AdmissionWebhookServer> StartWebhooksAsync(AdmissionWebhookOptions options, KubernetesClient client, CancellationToken cancellation)
    {
        try
        {
            return Add(await AdmissionWebhookServer.StartAsync(options, client, time, loggers, cancellation));
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw StartException.PortInUse(options.Port, "--webhook-port", taken);
        }
        catch (Exception unusable) when (unusable is AdmissionWebhookException or ArgumentException)
        {
            throw new StartException($"The admission webhooks cannot start: {unusable.Message}", unusable);
        }
    }

    private static IHost Build(IHostApplicationBuilder builder, SiloOptions options, Action<ISiloBuilder> clustering)
    {
        try
        {
            builder.AddKthenaSilo(options, clustering);
        }
        catch (ArgumentException fault)
        {
            throw new StartException(fault.Message, fault);
        }
        return builder is WebApplicationBuilder web ? DashboardHost.Build(web) : ((HostApplicationBuilder)builder).Build();
    }

    /// <summary>Starts the gateway.</summary>
    /// <param name="grains">What calls grains from this process.</param>
    /// <param name="options">Its settings, the ports as options gave them.</param>
    /// <param name="portOption">The option that gave the port of requests; those of metrics and debug endpoints are called alike everywhere.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="StartException">A port is in use, or a file that the options name cannot be used.</exception>
    public async Task<RouterHost> StartGatewayAsync(
        IGrainFactory grains, RouterOptions options, string portOption, CancellationToken cancellation)
    {
        try
        {
            return Add(await RouterHost.StartAsync(grains, options, loggers, time, cancellation));
        }
        catch (ArgumentException unusable)
        {
            throw new StartException(unusable.Message, unusable);
        }
        catch (RouterPortInUseException taken)
        {
            throw StartException.PortInUse(taken.Port, taken.Listener == "requests" ? portOption : $"--{taken.Listener}-port", taken);
        }
    }

    /// <summary>Waits until the command is asked to stop.</summary>
    /// <param name="cancellation">Ctrl-C or a termination signal.</param>
    public async Task WaitForStopAsync(CancellationToken cancellation) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out IAsyncDisposable? part))
            await part.DisposeAsync();
        loggers.Dispose();
    }
}
