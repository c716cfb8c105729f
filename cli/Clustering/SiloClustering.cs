using Kthena.Cli.ControllerManager;
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

namespace Kthena.Cli.Clustering;

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
        return silo => silo
            .UseKubernetesMembership(transport, NamespaceOf(options.Cluster, connection))
            .Configure<ClusterOptions>(cluster => Name(cluster, options.Cluster))
            .Configure<ClusterMembershipOptions>(membership => Detect(membership, options.Detection))
            .Configure<EndpointOptions>(endpoint =>
            {
                // Orleans listens where it tells others to connect to.
                endpoint.AdvertisedIPAddress = options.Address ?? ProcessEnvironment.PodAddress ?? IPAddress.Loopback;
                endpoint.SiloPort = options.SiloPort == 0 ? LoopbackPort.Free() : options.SiloPort;
                endpoint.GatewayPort = options.GatewayPort;
            });
    }

    /// <summary>Sets a client of the silos up.</summary>
    /// <param name="settings">Which silos.</param>
    /// <param name="connection">The API server.</param>
    /// <param name="transport">The way to it.</param>
    public static Action<IClientBuilder> ForClient(ClusterSettings settings, KubernetesConnection connection, IKubernetesTransport transport) =>
        client => client
            .UseKubernetesMembership(transport, NamespaceOf(settings, connection))
            .Configure<ClusterOptions>(cluster => Name(cluster, settings))
            // A silo that went is asked again, and one that came is found, after this; each time costs one small list.
            .Configure<GatewayOptions>(static gateway => gateway.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));

    private static string NamespaceOf(ClusterSettings settings, KubernetesConnection connection) =>
        settings.Namespace ?? ProcessEnvironment.Variable("POD_NAMESPACE") ?? connection.Namespace;

    private static void Name(ClusterOptions cluster, ClusterSettings settings) =>
        (cluster.ClusterId, cluster.ServiceId) = (settings.ClusterId, "kthena");

    private static void Detect(ClusterMembershipOptions membership, FailureDetection detection)
    {
        membership.ProbeTimeout = detection.ProbeTimeout;
        membership.NumMissedProbesLimit = detection.ProbesMissedMax;
        membership.NumVotesForDeathDeclaration = detection.DeathVotes;
        membership.DeathVoteExpirationTimeout = detection.VoteLifetime;
        membership.TableRefreshTimeout = detection.TableRefresh;
        membership.IAmAliveTablePublishTimeout = detection.AliveInterval;
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
