using Kthena.Grains.Reconciling;
using Kthena.Plugins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Kthena.Grains;

/// <summary>What the grain shells need besides the ports.</summary>
public static class ServingGrainsExtensions
{
    /// <summary>Adds it. The host adds <c>IClusterFacts</c>, <c>IPlanApplier</c> and <c>IChangeSource</c>.</summary>
    /// <param name="services">The silo's services.</param>
    public static IServiceCollection AddServingGrains(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddTransient<PlanExecutor>();
        services.TryAddSingleton(new PluginChains(PluginRegistry.BuiltIn));
        return services;
    }
}
