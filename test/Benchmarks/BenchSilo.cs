using System.Diagnostics;
using System.Globalization;
using Kthena.Grains.Facts;
using Kthena.Grains.Routing;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Routing.Engines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Kthena.Benchmarks;

/// <summary>The silo of a router that is measured, in this process or in one of its own.</summary>
internal sealed class BenchSilo : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Process? _process;

    private BenchSilo(IHost host, Process? process) => (_host, _process) = (host, process);

#if ORLEANS
    /// <summary>Whether this build has silos in processes of their own.</summary>
    public static bool CanBeApart => true;
#else
    /// <summary>Whether this build has silos in processes of their own.</summary>
    public static bool CanBeApart => false;
#endif

    /// <summary>The way to its grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts one in this process.</summary>
    /// <param name="port">The engine's.</param>
    /// <param name="prefixCacheBytes">The budget of its prefix cache; null leaves it as it is.</param>
    public static async Task<BenchSilo> StartAsync(int port, long? prefixCacheBytes = null) =>
        new(await StartHostAsync(port, static silo => silo.UseLocalhostClustering(), prefixCacheBytes), null);

    /// <summary>Starts one in a process of its own, and connects to it.</summary>
    /// <param name="port">The engine's.</param>
    /// <exception cref="NotSupportedException">This build runs on the embedded runtime.</exception>
    public static async Task<BenchSilo> StartApartAsync(int port)
    {
#if ORLEANS
        int gateway = LoadLoop.FreePort();
        Process process = RouterBackend.Start("silo", port, LoadLoop.FreePort(), gateway);
        HostApplicationBuilder builder = Builder();
        builder.UseOrleansClient(client => client.UseLocalhostClustering(gateway));
        IHost host = builder.Build();
        await host.StartAsync();
        return new BenchSilo(host, process);
#else
        await Task.CompletedTask;
        throw new NotSupportedException($"A silo apart from port {port}'s router needs Microsoft Orleans: build with -p:GrainRuntime=Orleans.");
#endif
    }

    /// <summary>Is the process of <see cref="StartApartAsync"/>.</summary>
    /// <param name="ports">The engine's, for silos, for clients.</param>
    public static async Task RunAsync(string[] ports)
    {
        int[] numbers = [.. ports.Select(static port => int.Parse(port, CultureInfo.InvariantCulture))];
        using IHost host = await StartHostAsync(numbers[0], silo => silo.UseLocalhostClustering(numbers[1], numbers[2]));
        Console.WriteLine("listening");
        // The parent closes our input when it is done.
        await Console.In.ReadToEndAsync();
        await host.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        if (_process is null)
            return;
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static HostApplicationBuilder Builder()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(static logging => logging.SetMinimumLevel(LogLevel.Warning));
        return builder;
    }

    private static async Task<IHost> StartHostAsync(int port, Action<ISiloBuilder> clustering, long? prefixCacheBytes = null)
    {
        HostApplicationBuilder builder = Builder();
        builder.Services.AddSingleton<IClusterFacts>(OneServer(port));
        builder.Services.AddSingleton<IEngineProbe, SilentEngines>();
        if (prefixCacheBytes is { } budget)
            builder.Services.Configure<PrefixCacheOptions>(options => options.MemoryBudgetBytes = budget);
        builder.UseOrleans(clustering);
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>Engines that nobody scrapes: the benchmark's answers everything alike.</summary>
    private sealed class SilentEngines : IEngineProbe
    {
        public Task<EngineScrape> ScrapeAsync(EngineEndpoint endpoint, bool asksModels, CancellationToken cancellation) =>
            Task.FromResult(new EngineScrape(new EngineMetrics { IsEngine = true }, null));
    }

    /// <summary>A cluster with one route, one model server and the engine's two addresses.</summary>
    private static FixedFacts OneServer(int port) => new(
    [
        new ModelRoute
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "route" },
            Spec = new ModelRouteSpec { ModelName = "tiny", Rules = [new RouteRule { Targets = [new TargetModel { ModelServerName = "server" }] }] },
        },
        new ModelServer
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "server" },
            Spec = new ModelServerSpec { Model = "org/tiny", WorkloadPort = port, WorkloadSelector = FixedFacts.PodLabels },
        },
        .. RouterBackend.Addresses.Select(static (address, index) => FixedFacts.Pod(index, address)),
    ]);
}
