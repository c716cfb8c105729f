using Kthena.Cli.Hosting;
using Kthena.Embedded.Engines;
using Kthena.Embedded.Kubernetes;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Router;
using Kthena.Router.Settings;
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
    private readonly ILoggerFactory _loggers = ConsoleLoggers.Create(LogLevel.Warning);
    private readonly NodeLogs _logs = new();
    private readonly RunningParts _parts;
    private readonly TimeProvider _time;

    private LocalPlatform(UpOptions options, TimeProvider time)
    {
        _time = time;
        _parts = new RunningParts(_loggers, time);
        KubeconfigPath = Path.Combine(options.DataFolder, "kubeconfig");
    }

    public Uri ApiServer { get; private set; } = null!;

    public Uri Gateway { get; private set; } = null!;

    /// <summary>The debug endpoints of the control plane.</summary>
    public Uri Control { get; private set; } = null!;

    public string KubeconfigPath { get; }

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
            EmbeddedApiServer server = await platform._parts.StartApiServerAsync(
                new EmbeddedApiServerOptions(options.DataFolder)
                {
                    Port = options.ApiPort,
                    KubeconfigPath = platform.KubeconfigPath,
                    PodLogs = platform._logs,
                });
            platform.ApiServer = server.Uri;
            (IKubernetesTransport transport, KubernetesClient client) =
                platform._parts.Connect(Kubeconfig.Load([platform.KubeconfigPath]).Connection());
            // The gateway is in this process and needs no port of the silo's.
            IGrainFactory grains = await platform._parts.StartSiloAsync(
                transport, client, static silo => silo.UseLocalhostClustering(LoopbackPort.Free(), gatewayPort: 0), dashboardPort: null, cancellation);
            await platform.StartNodeAsync(transport, cancellation);
            RouterHost router = await platform._parts.StartGatewayAsync(grains, RouterOptionsFor(options), "--router-port", cancellation);
            platform.Gateway = router.Address;
            platform.Control = (await platform._parts.StartDebugServerAsync(options.ControlPort, "--control-port", cancellation)).Uri;
            new PublishedEndpoints(platform.Gateway, platform.ApiServer, platform.Control).Write(options.DataFolder);
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
    public Task WaitForStopAsync(CancellationToken cancellation) => _parts.WaitForStopAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    private async Task StartNodeAsync(IKubernetesTransport transport, CancellationToken cancellation)
    {
        // A client of its own, as a kubelet has: the reports of thousands of pods do not wait among the writes of the control plane.
        var client = new KubernetesClient(transport, _time, new KubernetesClientOptions { Chance = new Random() });
        _parts.Add(new Owned(client));
        // The API server binds pods to nodes itself.
        var agent = new NodeAgent(client, new NodeAgentOptions { BindsPods = false }, _time, new Random(), _loggers);
        _parts.Add(agent);
        _logs.Agent = agent;
        await agent.StartAsync(cancellation);
    }

    private static RouterOptions RouterOptionsFor(UpOptions options)
    {
        var faults = new List<string>();
        RouterOptions router = RouterSettings.ReadVariables(Ports(options), ProcessEnvironment.Variable, faults);
        return faults.Count == 0 ? router : throw new StartException(string.Join(' ', faults));
    }

    private static RouterOptions Ports(UpOptions options) => new()
    {
        Port = options.RouterPort,
        MetricsPort = options.EffectiveMetricsPort,
        DebugPort = options.EffectiveDebugPort,
        SchedulerFilePath = options.SchedulerFilePath,
    };
}
