using System.CommandLine;
using Kthena.Cli.Hosting;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Kthena.Router;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Kthena.Cli.ControllerManager;

/// <summary><c>kthena controller-manager</c>: the control plane, on an API server that is there already.</summary>
internal static class ControllerManagerCommand
{
    public static Command Create()
    {
        var kubeconfig = new Option<string?>("--kubeconfig")
        {
            Description = "The API server; without it KUBECONFIG, then the pod's service account, then ~/.kube/config.",
            HelpName = "FILE",
        };
        var routerPort = new Option<int?>("--router-port")
        {
            Description = "Also run a gateway in this process, on this port on loopback; 0 takes a free one.",
            HelpName = "P",
        };
        var metricsPort = new Option<int>("--metrics-port")
        {
            Description = "The port of the gateway's metrics on loopback; 0 takes a free one.",
            HelpName = "P",
        };
        var debugPort = new Option<int>("--debug-port")
        {
            Description = "The port of the gateway's debug endpoints on loopback; 0 takes a free one.",
            HelpName = "P",
        };
        var ns = new Option<string?>("--namespace")
        {
            Description = "Where the silos find each other; without it POD_NAMESPACE, then the kubeconfig's namespace.",
            HelpName = "NS",
        };
        var clusterId = new Option<string>("--cluster-id")
        {
            Description = "Silos of one cluster share the work.",
            HelpName = "ID",
            DefaultValueFactory = static _ => ControllerManagerOptions.DefaultClusterId,
        };
        var siloPort = new Option<int>("--silo-port")
        {
            Description = "The port for other silos; 0 takes a free one.",
            HelpName = "P",
        };
        var gatewayPort = new Option<int>("--gateway-port")
        {
            Description = "The port for clients of the silos; 0 opens none.",
            HelpName = "P",
        };
        var command = new Command("controller-manager", "Runs the control plane on an API server.")
        {
            kubeconfig, routerPort, metricsPort, debugPort, ns, clusterId, siloPort, gatewayPort,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new ControllerManagerOptions(
                parsed.GetValue(kubeconfig),
                parsed.GetValue(routerPort),
                parsed.GetValue(metricsPort),
                parsed.GetValue(debugPort),
                parsed.GetValue(ns),
                parsed.GetValue(clusterId)!,
                parsed.GetValue(siloPort),
                parsed.GetValue(gatewayPort));
            return CommandRun.RunAsync(options.Faults(), () => RunAsync(options, cancellation), cancellation);
        });
        return command;
    }

    private static async Task RunAsync(ControllerManagerOptions options, CancellationToken cancellation)
    {
        KubernetesConnection connection = ConnectionSources.From(ProcessEnvironment.Variable, options.Kubeconfig).Resolve();
        ILoggerFactory loggers = ConsoleLoggers.Create(LogLevel.Information);
        await using var parts = new RunningParts(loggers, TimeProvider.System);
        (IKubernetesTransport transport, KubernetesClient client) = parts.Connect(connection);
        await RequireDefinitionsAsync(client, connection, cancellation);
        IGrainFactory grains = await parts.StartSiloAsync(
            transport, client, SiloClustering.For(options, connection, transport), cancellation);
        RouterHost? router = options.RouterPort is int port
            ? await parts.StartGatewayAsync(
                grains, new RouterOptions { Port = port, MetricsPort = options.MetricsPort, DebugPort = options.DebugPort }, cancellation)
            : null;

        Console.WriteLine("ready");
        Console.WriteLine($"api server  {connection}");
        if (router is not null)
            Console.WriteLine($"gateway     {router.Address.ToString().TrimEnd('/')}");
        await parts.WaitForStopAsync(cancellation);
    }

    /// <summary>Asks for each kind once, so that an API server that is away or lacks them is told in one line.</summary>
    private static async Task RequireDefinitionsAsync(KubernetesClient client, KubernetesConnection connection, CancellationToken cancellation)
    {
        ResourceKind[] kinds = [ResourceKinds.ModelServing, ResourceKinds.ModelServer, ResourceKinds.ModelRoute, .. SiloClustering.Kinds];
        foreach (ResourceKind kind in kinds)
        {
            try
            {
                await client.SendAsync(new KubernetesRequest("GET", kind.CollectionPath()) { Query = "limit=1" }, cancellation);
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
