using Kthena.Cli.ControllerManager;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
#if ORLEANS
using System.Net;
using Kthena.Cli.Hosting;
using Kthena.Silo.Connections;
using Kthena.Silo.Membership;
using Kthena.Silo.Postgres;
using Orleans.Configuration;
using Orleans.Dashboard;
#endif

namespace Kthena.Cli.Clustering;

/// <summary>How the silos of several control planes on one API server find each other, and what else a silo of Orleans has.</summary>
internal static class SiloClustering
{
#if ORLEANS
    /// <summary>The kinds that it needs the API server to know.</summary>
    /// <param name="settings">Where the membership is kept.</param>
    public static IReadOnlyList<ResourceKind> Kinds(ClusterSettings settings) =>
        settings.Membership == ClusterSettings.ApiServer ? [MembershipRecord.ResourceKind] : [];

    /// <summary>Makes sure that what the options name can be used.</summary>
    /// <param name="settings">Where the membership is kept.</param>
    /// <param name="storesGrains">Whether state of grains is kept in PostgreSQL.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StartException">PostgreSQL cannot be used.</exception>
    public static async Task RequireAsync(ClusterSettings settings, bool storesGrains, CancellationToken cancellation)
    {
        bool forMembership = settings.Membership == ClusterSettings.Postgresql;
        if (!storesGrains && !forMembership)
            return;
        try
        {
            await PostgresSchema.RequireAsync(settings.PostgresConnection!, storesGrains, forMembership, cancellation);
        }
        catch (PostgresUnusableException unusable)
        {
            throw new StartException(unusable.Message, unusable);
        }
    }

    /// <summary>Declares silos dead that are gone, so that one that comes after the last of them need not wait for their word.</summary>
    /// <param name="options">What the operator asked for.</param>
    /// <param name="connection">The API server.</param>
    /// <param name="client">The way to it.</param>
    /// <param name="loggers">Where deaths are told.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task BuryAsync(
        ControllerManagerOptions options, KubernetesConnection connection, KubernetesClient client, ILoggerFactory loggers, CancellationToken cancellation) =>
        options.Cluster.Membership == ClusterSettings.Postgresql
            ? Task.CompletedTask
            : new UnreachableSilos(client, options.Cluster.NamespaceAt(connection), options.Cluster.ClusterId, TimeProvider.System, loggers)
                .DeclareDeadAsync(options.Detection.AliveInterval * 3, cancellation);

    /// <summary>Sets a silo up.</summary>
    /// <param name="options">What the operator asked for.</param>
    /// <param name="connection">The API server.</param>
    /// <param name="transport">The way to it.</param>
    /// <param name="loggers">Where it tells of new certificates.</param>
    public static Action<ISiloBuilder> For(
        ControllerManagerOptions options, KubernetesConnection connection, IKubernetesTransport transport, ILoggerFactory loggers) => silo =>
    {
        ClusterSettings settings = options.Cluster;
        if (settings.Membership == ClusterSettings.Postgresql)
            silo.UsePostgresMembership(settings.PostgresConnection!);
        else
            silo.UseKubernetesMembership(transport, settings.NamespaceAt(connection));
        if (options.GrainStorage == ClusterSettings.Postgresql)
            silo.UsePostgresStorage(settings.PostgresConnection!);
        else
            silo.AddMemoryGrainStorageAsDefault();
        if (TlsOf(settings) is { } tls)
            silo.UseMutualTls(tls, loggers);
        if (options.DashboardPort is not null)
            silo.AddDashboard();
        silo
            .Configure<ClusterOptions>(cluster => Name(cluster, settings))
            .Configure<ClusterMembershipOptions>(membership => Detect(membership, options.Detection))
            .Configure<EndpointOptions>(endpoint =>
            {
                // Orleans listens where it tells others to connect to.
                endpoint.AdvertisedIPAddress = options.Address ?? ProcessEnvironment.PodAddress ?? IPAddress.Loopback;
                endpoint.SiloPort = options.SiloPort == 0 ? LoopbackPort.Free() : options.SiloPort;
                endpoint.GatewayPort = options.GatewayPort;
            });
    };

    /// <summary>Sets a client of the silos up.</summary>
    /// <param name="settings">Which silos.</param>
    /// <param name="connection">The API server.</param>
    /// <param name="transport">The way to it.</param>
    /// <param name="loggers">Where it tells of new certificates.</param>
    public static Action<IClientBuilder> ForClient(
        ClusterSettings settings, KubernetesConnection connection, IKubernetesTransport transport, ILoggerFactory loggers) => client =>
    {
        if (settings.Membership == ClusterSettings.Postgresql)
            client.UsePostgresMembership(settings.PostgresConnection!);
        else
            client.UseKubernetesMembership(transport, settings.NamespaceAt(connection));
        if (TlsOf(settings) is { } tls)
            client.UseMutualTls(tls, loggers);
        client
            .Configure<ClusterOptions>(cluster => Name(cluster, settings))
            // A silo that went is asked again, and one that came is found, after this; each time costs one small list.
            .Configure<GatewayOptions>(static gateway => gateway.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
    };

    private static SiloTlsFiles? TlsOf(ClusterSettings settings) => settings.TlsCertificatePath is { } certificate
        ? new SiloTlsFiles(certificate, settings.TlsKeyPath!, settings.TlsAuthorityPath!)
        : null;

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
    /// <param name="settings">Where the membership is kept.</param>
    public static IReadOnlyList<ResourceKind> Kinds(ClusterSettings settings) => [];

    /// <summary>Makes sure that what the options name can be used: faults of the options refuse everything that this build lacks.</summary>
    /// <param name="settings">Where the membership is kept.</param>
    /// <param name="storesGrains">Whether state of grains is kept in PostgreSQL.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task RequireAsync(ClusterSettings settings, bool storesGrains, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Does nothing: the embedded runtime is one silo.</summary>
    public static Task BuryAsync(
        ControllerManagerOptions options, KubernetesConnection connection, KubernetesClient client, ILoggerFactory loggers, CancellationToken cancellation) =>
        Task.CompletedTask;

    /// <summary>Sets a silo up: the embedded runtime is one silo, which needs to find nobody.</summary>
    /// <param name="options">What the operator asked for.</param>
    /// <param name="connection">The API server.</param>
    /// <param name="transport">The way to it.</param>
    /// <param name="loggers">Where it tells of new certificates.</param>
    public static Action<ISiloBuilder> For(
        ControllerManagerOptions options, KubernetesConnection connection, IKubernetesTransport transport, ILoggerFactory loggers) =>
        static silo => silo.UseLocalhostClustering();
#endif
}
