using System.CommandLine;
using System.Net;
using Kthena.Cli.Clustering;
using Kthena.Cli.Hosting;
using Kthena.Router;
using Kthena.Router.Settings;
#if ORLEANS
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Microsoft.Extensions.Logging;
#else
using System.Diagnostics;
#endif

namespace Kthena.Cli.RouterProcess;

/// <summary><c>kthena router</c>: the gateway as a process of its own, a client of the silos that the API server names.</summary>
internal static class RouterCommand
{
    public static Command Create()
    {
        var kubeconfig = new Option<string?>("--kubeconfig")
        {
            Description = "The API server; without it KUBECONFIG, then the pod's service account, then ~/.kube/config.",
            HelpName = "FILE",
        };
        Option<IPAddress?> address = IPAddressOption.Create(
            "--listen-address", "Where requests and metrics listen; without it loopback, in a pod every address.");
        var command = new Command(
            "router",
            $"""
            Runs the gateway. Silos that are away, one or all, do not keep it from serving what it knows.

            Flags and environment variables of kthena-router are taken as they are: {string.Join(", ", RouterSettings.Flags)}.
            """)
        {
            kubeconfig, address,
        };
        var cluster = new ClusterFlags();
        cluster.AddTo(command);
        // What is not ours is the router's, which says so where it is not.
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, cancellation) =>
        {
            var faults = new List<string>();
            if (!OrleansOnly.IsBuilt)
            {
                faults.Add(
                    "A router in a process of its own needs Microsoft Orleans, and this build runs on the embedded grain runtime, which no other process can reach: "
                    + "build with -p:GrainRuntime=Orleans, or run 'kthena up' or 'kthena controller-manager --router-port P', which hold a router.");
            }
            ClusterSettings settings = cluster.Read(parsed);
            faults.AddRange(settings.Faults());
            RouterOptions options = RouterSettings.Read([.. parsed.UnmatchedTokens], ProcessEnvironment.Variable, faults);
            IPAddress listen = parsed.GetValue(address) ?? (ProcessEnvironment.PodAddress is null ? IPAddress.Loopback : IPAddress.Any);
            options = options with { ListenAddress = listen, MetricsListenAddress = listen };
            faults.AddRange(options.Validate());
            return CommandRun.RunAsync(faults, () => RunAsync(parsed.GetValue(kubeconfig), settings, options, cancellation), cancellation);
        });
        return command;
    }

#if ORLEANS
    private static async Task RunAsync(string? kubeconfig, ClusterSettings settings, RouterOptions options, CancellationToken cancellation)
    {
        KubernetesConnection connection = ConnectionSources.From(ProcessEnvironment.Variable, kubeconfig).Resolve();
        ILoggerFactory loggers = ConsoleLoggers.Create(LogLevel.Information);
        await using var parts = new RunningParts(loggers, TimeProvider.System);
        await SiloClustering.RequireAsync(settings, storesGrains: false, cancellation);
        (IKubernetesTransport transport, _) = parts.Connect(connection);
        SiloClient silos = parts.Add(SiloClient.Create(settings, connection, transport, loggers, TimeProvider.System));
        RouterHost router = await parts.StartGatewayAsync(silos.Grains, options, "--port", cancellation);
        silos.Connect(router.Renew);

        Console.WriteLine("ready");
        Console.WriteLine($"api server  {connection}");
        Console.WriteLine($"gateway     {router.Address.ToString().TrimEnd('/')}");
        await parts.WaitForStopAsync(cancellation);
        await router.StopAsync(CancellationToken.None);
    }
#else
    private static Task RunAsync(string? kubeconfig, ClusterSettings settings, RouterOptions options, CancellationToken cancellation) =>
        throw new UnreachableException("The command's faults keep it from coming here.");
#endif
}
