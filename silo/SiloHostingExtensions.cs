using Kthena.Grains;
using Kthena.Grains.Apply;
using Kthena.Grains.Bridge;
using Kthena.Grains.Facts;
using Kthena.Grains.Routing;
using Kthena.Grains.Serving;
using Kthena.Kubernetes.Core;
using Kthena.Plugins;
using Kthena.Silo.Bridge;
using Kthena.Silo.Cluster;
using Kthena.Silo.Engines;
using Kthena.Silo.Measuring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
#if ORLEANS
using Orleans;
#endif

namespace Kthena.Silo;

/// <summary>Makes a host a silo of the platform.</summary>
public static class SiloHostingExtensions
{
    /// <summary>
    /// Adds the grains, the informers behind their facts, the applying of their plans, and the pokes that keep the bridges
    /// alive. The host's <c>IGrainFactory</c> is then good for callers in the same process.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="options">The settings.</param>
    /// <param name="configureSilo">How silos find each other and where grain state is stored; null is one silo on this machine.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names all that are.</exception>
    public static IHostApplicationBuilder AddKthenaSilo(
        this IHostApplicationBuilder builder, SiloOptions options, Action<ISiloBuilder>? configureSilo = null)
    {
        options.Validate();
        builder.UseOrleans(silo =>
        {
            if (configureSilo is null)
                silo.UseLocalhostClustering();
            else
                configureSilo(silo);
            silo.AddKthenaReminders();
            silo.Services.AddSingleton<GrainCallInstruments>();
            silo.AddIncomingGrainCallFilter<GrainCallMeter>();
            silo.Services.AddKthenaSiloServices(options);
        });
        return builder;
    }

    /// <summary>
    /// Adds reminders: as durable as the grain state that names no provider, on Orleans as the host set them up, and in memory
    /// where it did neither.
    /// </summary>
    private static void AddKthenaReminders(this ISiloBuilder silo)
    {
#if ORLEANS
        if (silo.Services.All(static service => service.ServiceType != typeof(IReminderTable)))
            silo.UseInMemoryReminderService();
#else
        silo.AddReminders();
#endif
    }

    /// <summary>Adds what the grains need from their host, to a host or a test silo that has set up its grain runtime itself.</summary>
    /// <param name="services">The silo's services.</param>
    /// <param name="options">The settings.</param>
    public static IServiceCollection AddKthenaSiloServices(this IServiceCollection services, SiloOptions options)
    {
        options.Validate();
        services.AddSingleton(new PluginChains(options.Plugins));
        services.AddServingGrains();
        services.AddSingleton(options);
        services.Configure<ServingOptions>(serving => serving.IsServed = options.ServesModelServings);
        services.Configure<LeaderWorkerSetOptions>(sets => sets.IsServed = options.ServesLeaderWorkerSets);
        services.TryAddSingleton(provider => new KubernetesClient(
            options.Transport,
            provider.GetRequiredService<TimeProvider>(),
            new KubernetesClientOptions { WritesMax = options.WritesMax, Chance = options.Chance() }));
        services.AddSingleton(provider => new EventRecorder(
            provider.GetRequiredService<KubernetesClient>(),
            new EventRecorderOptions { Component = options.EventComponent },
            provider.GetRequiredService<TimeProvider>(),
            options.Chance(),
            provider.GetRequiredService<ILogger<EventRecorder>>()));
        services.AddSingleton<InformerSet>();
        services.AddSingleton<IClusterFacts, InformerFacts>();
        services.AddSingleton<IChangeSource, InformerChangeSource>();
        services.AddSingleton<IPlanApplier, KubernetesPlanApplier>();
        services.TryAddSingleton<IEngineProbe, HttpEngineProbe>();
        services.AddHostedService<ClusterConnection>();
        services.AddHostedService<BridgePoker>();
#if ORLEANS
        services.AddHostedService<Membership.SiloDeathWatch>();
#endif
        return services;
    }
}
