using System.Net;
using Kthena.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>Work that runs once when a silo has started.</summary>
    public interface IStartupTask
    {
        /// <summary>Runs it; a fault stops the host's start.</summary>
        Task Execute(CancellationToken cancellationToken);
    }
}

namespace Orleans
{
    /// <summary>The steps of a silo's start, in ascending order.</summary>
    public static class ServiceLifecycleStage
    {
        /// <summary>Grains can be called.</summary>
        public const int Active = 20000;
    }
}

namespace Orleans.Hosting
{
    /// <summary>Sets up services and options through a silo builder.</summary>
    public static class SiloBuilderExtensions
    {
        /// <summary>Adds services.</summary>
        public static ISiloBuilder ConfigureServices(this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
        {
            ArgumentNullException.ThrowIfNull(configureDelegate);
            configureDelegate(builder.Services);
            return builder;
        }

        /// <summary>Sets options.</summary>
        public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions)
            where TOptions : class
        {
            builder.Services.Configure(configureOptions);
            return builder;
        }
    }

    /// <summary>Says how silos find each other.</summary>
    public static class CoreHostingExtensions
    {
        /// <summary>One silo on this machine. The embedded runtime is one process and opens no port, so it takes no notice.</summary>
        public static ISiloBuilder UseLocalhostClustering(
            this ISiloBuilder builder,
            int siloPort = 11111,
            int gatewayPort = 30000,
            IPEndPoint? primarySiloEndpoint = null,
            string serviceId = "dev",
            string clusterId = "dev") => builder;
    }

    /// <summary>Adds work for a silo's start.</summary>
    public static class SiloBuilderStartupExtensions
    {
        /// <summary>Runs a task, made from the host's services, when the silo has started.</summary>
        public static ISiloBuilder AddStartupTask<TStartup>(this ISiloBuilder builder, int stage = ServiceLifecycleStage.Active)
            where TStartup : class, IStartupTask =>
            builder.AddStartupTask(
                (services, stopping) => ActivatorUtilities.GetServiceOrCreateInstance<TStartup>(services).Execute(stopping), stage);

        /// <summary>Runs a function when the silo has started; a fault of it stops the host's start.</summary>
        public static ISiloBuilder AddStartupTask(
            this ISiloBuilder builder,
            Func<IServiceProvider, CancellationToken, Task> startupTask,
            int stage = ServiceLifecycleStage.Active)
        {
            builder.Services.AddSingleton(new StartupTask(stage, startupTask));
            return builder;
        }
    }
}
