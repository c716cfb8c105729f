using Kthena.Kubernetes.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Messaging;

namespace Kthena.Silo.Membership;

/// <summary>Lets silos and their clients find each other through an API server.</summary>
public static class KubernetesMembershipHostingExtensions
{
    /// <summary>
    /// Keeps the cluster's membership in objects of kind <see cref="MembershipRecord"/>. The cluster's id is that of
    /// <see cref="ClusterOptions"/>.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="transport">The way to the API server; membership has its own turn on it, whatever the control plane writes.</param>
    /// <param name="ns">The namespace of the objects.</param>
    public static ISiloBuilder UseKubernetesMembership(this ISiloBuilder builder, IKubernetesTransport transport, string ns) =>
        builder.ConfigureServices(services => services.AddSingleton<IMembershipTable>(provider => new KubernetesMembershipTable(
            Records(provider, transport, ns), provider.GetRequiredService<ILogger<KubernetesMembershipTable>>())));

    /// <summary>Finds the silos of a cluster that uses the same namespace.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="transport">The way to the API server.</param>
    /// <param name="ns">The namespace of the objects.</param>
    public static IClientBuilder UseKubernetesMembership(this IClientBuilder builder, IKubernetesTransport transport, string ns) =>
        builder.ConfigureServices(services => services.AddSingleton<IGatewayListProvider>(provider => new KubernetesGatewayListProvider(
            Records(provider, transport, ns),
            provider.GetRequiredService<IOptions<GatewayOptions>>().Value.GatewayListRefreshPeriod,
            Time(provider))));

    private static MembershipRecords Records(IServiceProvider provider, IKubernetesTransport transport, string ns) => new(
        new KubernetesClient(transport, Time(provider)),
        ns,
        provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId);

    private static TimeProvider Time(IServiceProvider provider) => provider.GetService<TimeProvider>() ?? TimeProvider.System;
}
