using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Kthena.Contracts.Routing;
using Kthena.Grains.Facts;
using Kthena.Grains.Routing;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Routing.Engines;
using Kthena.Silo.Engines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Kthena.Benchmarks;

/// <summary>What it costs a silo to scrape 200 busy engines every second, one of which never answers.</summary>
internal static class EnginesBenchmark
{
    private const int Engines = 200;
    private const int Seconds = 20;

    public static async Task RunAsync()
    {
        int port = LoadLoop.FreePort();
        using Process engines = RouterBackend.Start("engines", port);
        using var http = new HttpEngineProbe(TimeProvider.System);
        var probe = new CountingProbe(http);
        using IHost silo = await StartSiloAsync(port, probe);
        IGrainFactory grains = silo.Services.GetRequiredService<IGrainFactory>();
        await grains.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key).WaitForChangeAsync(0);
        // An engine is followed soon after it is in the table, and scraped every second once it has something to do.
        for (int round = 0; round < 5; round++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            for (int index = 0; index < Engines; index++)
                await grains.GetGrain<IEndpointGrain>($"default/pod-{index}").HoldAsync(new RouterInFlight("bench", $"uid-{index}", 1, TimeSpan.FromHours(1)));
        }
        probe.Begin();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(Seconds));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double core = (Environment.CpuUsage.TotalTime - before).TotalSeconds / seconds;
        int[] counts = [.. Enumerable.Range(1, Engines - 1).Select(index => probe.Scrapes.GetValueOrDefault($"pod-{index}"))];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"engines: {counts.Sum() / seconds:F0} scrapes a second of {Engines - 1} engines that answer, {counts.Min()} to {counts.Max()} each in {seconds:F0} s, one more hangs: {core * 100:F1}% of a core"));
        Bars.AtMost($"engines: {Engines} scraped every second, one of which hangs", core * 100, 5, "% of a core");
        Bars.AtLeast("engines: scrapes of the slowest that answers", counts.Min() / seconds, 0.9, "a second");
        await silo.StopAsync();
        engines.StandardInput.Close();
        await engines.WaitForExitAsync();
    }

    /// <summary>The process that is all the engines; the first takes requests and never answers.</summary>
    public static async Task ServeAsync(int port)
    {
        byte[] exposition = ScrapeBenchmark.Exposition();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            for (int index = 0; index < Engines; index++)
                kestrel.Listen(AddressOf(index), port);
        });
        await using WebApplication web = builder.Build();
        web.Run(async context =>
        {
            if (context.Connection.LocalIpAddress!.Equals(AddressOf(0)))
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            byte[] answer = context.Request.Path == "/metrics" ? exposition : """{"data":[{"id":"tiny"}]}"""u8.ToArray();
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer);
        });
        await web.StartAsync();
        Console.WriteLine("listening");
        await Console.In.ReadToEndAsync();
    }

    private static IPAddress AddressOf(int index) => new([127, 80, (byte)(index / 250), (byte)((index % 250) + 1)]);

    private static async Task<IHost> StartSiloAsync(int port, IEngineProbe probe)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(static logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddSingleton<IClusterFacts>(ManyEngines(port));
        builder.Services.AddSingleton(probe);
        builder.UseOrleans(static silo => silo.UseLocalhostClustering());
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private sealed class CountingProbe(HttpEngineProbe probe) : IEngineProbe
    {
        private volatile bool _counts;

        public ConcurrentDictionary<string, int> Scrapes { get; } = new(StringComparer.Ordinal);

        public void Begin() => _counts = true;

        public async Task<EngineScrape> ScrapeAsync(EngineEndpoint endpoint, bool asksModels, CancellationToken cancellation)
        {
            EngineScrape scrape = await probe.ScrapeAsync(endpoint, asksModels, cancellation);
            if (_counts && scrape.Metrics is not null)
                Scrapes.AddOrUpdate(endpoint.Pod.Name, 1, static (_, count) => count + 1);
            return scrape;
        }
    }

    private static FixedFacts ManyEngines(int port) => new(
    [
        new ModelServer
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "server" },
            Spec = new ModelServerSpec { WorkloadPort = port, WorkloadSelector = FixedFacts.PodLabels },
        },
        .. Enumerable.Range(0, Engines).Select(static index => FixedFacts.Pod(index, AddressOf(index))),
    ]);
}
