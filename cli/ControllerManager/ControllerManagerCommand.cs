using System.CommandLine;
using System.Net;
using Kthena.Cli.Clustering;
using Kthena.Cli.Hosting;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Kthena.Router;
using Kthena.Router.Settings;
using Kthena.Silo.Admission;
using Kthena.Silo.Debugging;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Kthena.Cli.ControllerManager;

/// <summary><c>kthena controller-manager</c>: the control plane, on an API server that is there already.</summary>
internal static partial class ControllerManagerCommand
{
    private static readonly Option<string?> Kubeconfig = new("--kubeconfig")
    {
        Description = "The API server; without it KUBECONFIG, then the pod's service account, then ~/.kube/config.",
        HelpName = "FILE",
    };

    private static readonly Option<int?> RouterPort = Port<int?>(
        "--router-port", "Also run a gateway in this process, on this port on loopback; 0 takes a free one.");

    private static readonly Option<int> MetricsPort = Port<int>(
        "--metrics-port", "The port of the gateway's metrics on loopback; 0 takes a free one.");

    private static readonly Option<int> DebugPort = Port<int>(
        "--debug-port", "The port of the gateway's debug endpoints on loopback; 0 takes a free one. Without --router-port the same as --control-port, and 0 opens none.");

    private static readonly Option<IPAddress?> Address = IPAddressOption.Create(
        "--silo-address", "This machine's address for other silos and for clients; without it POD_IP, then loopback.");

    private static readonly Option<int> SiloPort = Port<int>(
        "--silo-port", "The port for other silos; 0 takes a free one.");

    private static readonly Option<int> GatewayPort = Port<int>(
        "--gateway-port", "The port for clients of the silos; 0 opens none.");

    private static readonly Option<double> Qps = new("--kube-api-qps")
    {
        Description = "Requests a second to the API server; 0 sets no limit.",
        HelpName = "N",
    };

    private static readonly Option<int> Burst = new("--kube-api-burst")
    {
        Description = "Requests at once after a rest; 0 takes twice --kube-api-qps.",
        HelpName = "N",
    };

    private static readonly Option<int?> ControlPort = Port<int?>(
        "--control-port", "The port of the control plane's debug endpoints on loopback, for 'kthena explain --server'; 0 takes a free one, without it none is opened.");

    private static readonly Option<int?> DashboardPort = Port<int?>(
        "--dashboard-port", "Also show Orleans' dashboard, on this port on loopback; 0 takes a free one.");

    private static readonly Option<string> GrainStorage = new("--grain-storage")
    {
        Description = $"Where state and reminders of grains are kept: in memory, or in the database of {ClusterSettings.ConnectionVariable}.",
        HelpName = $"{ControllerManagerOptions.Memory}|{ClusterSettings.Postgresql}",
        DefaultValueFactory = static _ => ControllerManagerOptions.Memory,
    };

    private static readonly WebhookFlags Webhooks = new();

    private static readonly UpstreamFlags Upstream = new();

    private static readonly Option<string?> SchedulerConfig = SchedulerConfigOption.Create();

    private static readonly ClusterFlags Cluster = new();

    private static readonly FailureDetectionFlags Detection = new();

    private static readonly Option<bool> LeaderWorkerSets = new("--leader-worker-sets")
    {
        Description = "Turn LeaderWorkerSets into ModelServings; false where their own controller runs.",
        HelpName = "true|false",
        DefaultValueFactory = static _ => true,
    };

    public static Command Create()
    {
        var command = new Command("controller-manager", "Runs the control plane on an API server.")
        {
            Kubeconfig, RouterPort, MetricsPort, DebugPort, Address, SiloPort, GatewayPort, Qps, Burst, ControlPort,
            LeaderWorkerSets, DashboardPort, GrainStorage, SchedulerConfig,
        };
        Webhooks.AddTo(command);
        Upstream.AddTo(command);
        Cluster.AddTo(command);
        Detection.AddTo(command);
        command.SetAction(static (parsed, cancellation) =>
        {
            ControllerManagerOptions options = Read(parsed);
            return CommandRun.RunAsync(options.Faults(), () => RunAsync(options, cancellation), cancellation);
        });
        return command;
    }

    private static Option<T> Port<T>(string name, string description) => new(name) { Description = description, HelpName = "P" };

    private static ControllerManagerOptions Read(ParseResult parsed) => new()
    {
        Kubeconfig = parsed.GetValue(Kubeconfig) is { Length: > 0 } file ? file : null,
        RouterPort = parsed.GetValue(RouterPort),
        MetricsPort = parsed.GetValue(MetricsPort),
        DebugPort = parsed.GetValue(DebugPort),
        Address = parsed.GetValue(Address),
        SiloPort = parsed.GetValue(SiloPort),
        GatewayPort = parsed.GetValue(GatewayPort),
        KubeApiQps = parsed.GetValue(Qps),
        KubeApiBurst = parsed.GetValue(Burst),
        ControlPort = parsed.GetValue(ControlPort),
        Webhooks = Webhooks.Read(parsed),
        Upstream = Upstream.Read(parsed),
        ServesLeaderWorkerSets = parsed.GetValue(LeaderWorkerSets),
        DashboardPort = parsed.GetValue(DashboardPort),
        GrainStorage = parsed.GetValue(GrainStorage)!,
        SchedulerFilePath = parsed.GetValue(SchedulerConfig),
        Cluster = Cluster.Read(parsed),
        Detection = Detection.Read(parsed),
    };

    private static async Task RunAsync(ControllerManagerOptions options, CancellationToken cancellation)
    {
        ConnectionSources sources = ConnectionSources.From(ProcessEnvironment.Variable, options.Kubeconfig);
        KubernetesConnection connection = (sources with { Server = options.Upstream.Master is { } master ? new Uri(master) : null }).Resolve();
        ILoggerFactory loggers = ConsoleLoggers.Create(options.Upstream.LogLevel);
        ILogger logger = loggers.CreateLogger(typeof(ControllerManagerCommand));
        foreach (string setting in options.Upstream.Idle)
            LogIdle(logger, setting);
        await using var parts = new RunningParts(loggers, TimeProvider.System);
        (IKubernetesTransport transport, KubernetesClient client) = parts.Connect(connection, options.KubeApiQps, options.KubeApiBurst);
        await RequireDefinitionsAsync(client, connection, SiloClustering.Kinds(options.Cluster), options.Cluster.NamespaceAt(connection), cancellation);
        await SiloClustering.RequireAsync(options.Cluster, options.GrainStorage == ClusterSettings.Postgresql, cancellation);
        await SiloClustering.BuryAsync(options, connection, client, loggers, cancellation);
        IGrainFactory grains = await parts.StartSiloAsync(
            transport, client, SiloClustering.For(options, connection, transport, loggers), options.DashboardPort, cancellation,
            options.Upstream.Controllers.HasModelServing, options.ServesLeaderWorkerSets);
        RouterHost? router = options.RouterPort is int port
            ? await parts.StartGatewayAsync(grains, GatewayOptions(options, port), "--router-port", cancellation)
            : null;

        AdmissionWebhookServer? webhooks = options.Webhooks.Port is null
            ? null
            : await parts.StartWebhooksAsync(
                options.Webhooks.For(
                    options.Address ?? ProcessEnvironment.PodAddress ?? IPAddress.Loopback, options.Cluster.NamespaceAt(connection)),
                client,
                cancellation);
        DebugServer? control = options.Control is (var option, int controlPort) ? await parts.StartDebugServerAsync(controlPort, option, cancellation) : null;

        Console.WriteLine("ready");
        Console.WriteLine($"api server  {connection}");
        if (control is not null)
            Console.WriteLine($"control     {control.Uri.ToString().TrimEnd('/')}");
        if (webhooks is not null)
            Console.WriteLine($"webhooks    {webhooks.Uri.ToString().TrimEnd('/')}");
        if (router is not null)
            Console.WriteLine($"gateway     {router.Address.ToString().TrimEnd('/')}");
        if (parts.Dashboard is { } dashboard)
            Console.WriteLine($"dashboard   {dashboard}");
        await parts.WaitForStopAsync(cancellation);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Setting}")]
    private static partial void LogIdle(ILogger logger, string setting);

    private static RouterOptions GatewayOptions(ControllerManagerOptions options, int port)
    {
        var faults = new List<string>();
        RouterOptions gateway = RouterSettings.ReadVariables(
            new RouterOptions
            {
                Port = port,
                MetricsPort = options.MetricsPort,
                DebugPort = options.DebugPort,
                SchedulerFilePath = options.SchedulerFilePath,
            },
            ProcessEnvironment.Variable,
            faults);
        return faults.Count == 0 ? gateway : throw new StartException(string.Join(' ', faults));
    }

    /// <summary>Asks for each kind once, so that an API server that is away or lacks them is told in one line.</summary>
    private static async Task RequireDefinitionsAsync(
        KubernetesClient client, KubernetesConnection connection, IReadOnlyList<ResourceKind> more, string ns, CancellationToken cancellation)
    {
        (ResourceKind Kind, string? Namespace)[] kinds =
        [
            (ResourceKinds.ModelServing, null), (ResourceKinds.ModelServer, null), (ResourceKinds.ModelRoute, null),
            .. more.Select(kind => (kind, (string?)ns)),
        ];
        foreach ((ResourceKind kind, string? where) in kinds)
        {
            try
            {
                await client.SendAsync(new KubernetesRequest("GET", kind.CollectionPath(where)) { Query = "limit=1" }, cancellation);
            }
            catch (KubernetesApiException missing) when (missing.IsNotFound)
            {
                throw new StartException(
                    $"The API server {connection} does not know {kind}: install the definitions with 'kubectl apply --server-side -f helm/kthena/crds'.", missing);
            }
            catch (KubernetesException fault)
            {
                throw new StartException($"The API server {connection} cannot be used: {fault.Message}", fault);
            }
        }
    }
}
