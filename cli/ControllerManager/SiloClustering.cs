using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Orleans.Hosting;
#if ORLEANS
using System.Net;
using Kthena.Cli.Hosting;
using Kthena.Silo.Membership;
using Orleans.Configuration;
#endif

namespace Kthena.Cli.ControllerManager;

/// <summary>How the silos of several control planes on one API server find each other: through that API server.</summary>
internal static class SiloClustering
{
#if ORLEANS
    /// <summary>The kinds that it needs the API server to know.</summary>
    public static IReadOnlyList<ResourceKind> Kinds => [MembershipRecord.ResourceKind];

    /// <summary>Sets a silo up.</summary>
    /// <param name="options">What the operator asked for.</param>
    /// <param name="connection">The API server.</param>
    /// <param name="transport">The way to it.</param>
    public static Action<ISiloBuilder> For(ControllerManagerOptions options, KubernetesConnection connection, IKubernetesTransport transport)
    {
        string ns = options.Namespace ?? ProcessEnvironment.Variable("POD_NAMESPACE") ?? connection.Namespace;
        // A pod is told its own address; on a machine nobody but its own processes is to reach the silo.
        IPAddress address = IPAddress.TryParse(ProcessEnvironment.Variable("POD_IP"), out IPAddress? pod) ? pod : IPAddress.Loopback;
        return silo => silo
            .UseKubernetesMembership(transport, ns)
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, "kthena"))
            .Configure<EndpointOptions>(endpoint =>
            {
                endpoint.AdvertisedIPAddress = address;
                endpoint.SiloPort = options.SiloPort == 0 ? LoopbackPort.Free() : options.SiloPort;
                endpoint.GatewayPort = options.GatewayPort;
            });
    }
#else
    /// <summary>The kinds that it needs the API server to know.</summary>
    public static IReadOnlyList<ResourceKind> Kinds => [];

    /// <summary>Sets a silo up: the embedded runtime is one silo, which needs to find nobody.</summary>
    /// <param name="options">What the operator asked for.</param>
    /// <param name="connection">The API server.</param>
    /// <param name="transport">The way to it.</param>
    public static Action<ISiloBuilder> For(ControllerManagerOptions options, KubernetesConnection connection, IKubernetesTransport transport) =>
        static silo => silo.UseLocalhostClustering();
#endif
}
