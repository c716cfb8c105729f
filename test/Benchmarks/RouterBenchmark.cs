using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kthena.Grains.Facts;
using Kthena.Grains.Routing;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Router;
using Kthena.Routing.Engines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Benchmarks;

/// <summary>The router's whole pipeline against a bare YARP forwarder, in turns, in one process, before one engine process.</summary>
internal static class RouterBenchmark
{
    private const int Connections = 32;
    private const int Rounds = 7;

    public static async Task RunAsync()
    {
        int port = FreePort();
        using Process backend = StartBackend(port);
        using IHost silo = await StartSiloAsync(port);
        await using RouterHost router = await RouterHost.StartAsync(
            silo.Services.GetRequiredService<IGrainFactory>(), new RouterOptions { Port = 0, MetricsPort = null, DebugPort = null, AccessLog = TextWriter.Null });
        await router.WaitForAnotherTableAsync(0);
        (WebApplication bare, HttpMessageInvoker invoker, IPEndPoint bareAddress) = await StartBareYarpAsync(port);
        var routerAddress = new IPEndPoint(IPAddress.Loopback, router.Address.Port);
        var directAddress = new IPEndPoint(RouterBackend.Addresses[0], port);
        foreach ((string name, int bytes, int total) in new[] { ("1 KB", 1024, 20_000), ("220 KB", 220 * 1024, 2_000) })
        {
            byte[][] requests = [.. Enumerable.Range(0, 64).Select(index => Request(bytes, index))];
            await CompareAsync(name, total,
                ("direct", () => LoadLoop.RunAsync(directAddress, requests, Connections, total)),
                ("bare YARP", () => LoadLoop.RunAsync(bareAddress, requests, Connections, total)),
                ("router", () => LoadLoop.RunAsync(routerAddress, requests, Connections, total)));
        }
        await bare.StopAsync();
        await bare.DisposeAsync();
        invoker.Dispose();
        await router.StopAsync();
        await silo.StopAsync();
        backend.StandardInput.Close();
        await backend.WaitForExitAsync();
    }

    /// <summary>Runs the candidates in turns and prints medians; the ratio is that of the last to the one before it.</summary>
    private static async Task CompareAsync(string name, int total, params (string Name, Func<Task> Run)[] candidates)
    {
        var rates = candidates.Select(static _ => new List<double>()).ToArray();
        var bytes = candidates.Select(static _ => new List<double>()).ToArray();
        for (int round = -1; round < Rounds; round++)
        {
            for (int index = 0; index < candidates.Length; index++)
            {
                GC.Collect();
                long allocated = GC.GetTotalAllocatedBytes(precise: true);
                long start = Stopwatch.GetTimestamp();
                await candidates[index].Run();
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (round < 0)
                    continue;
                rates[index].Add(total / seconds);
                bytes[index].Add((GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)total);
            }
        }
        for (int index = 0; index < candidates.Length; index++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-7} {candidates[index].Name,-10} {Median(rates[index]),9:N0} req/s ({rates[index].Min():N0} to {rates[index].Max():N0})  {Median(bytes[index]),9:N0} B/req"));
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-7} router / bare YARP: {Median(rates[^1]) / Median(rates[^2]):F2}; allocated more: {Median(bytes[^1]) - Median(bytes[^2]):N0} B"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static byte[] Request(int bytes, int index)
    {
        // A system prompt that all share, a question of its own, line breaks as people write them.
        var content = new StringBuilder();
        for (int line = 0; content.Length < bytes - 200; line++)
            content.Append(CultureInfo.InvariantCulture, $"Line {line} of a text that goes on for a while and says nothing new.\\n");
        string body = $$"""{"messages":[{"role":"system","content":"{{content}}"},{"role":"user","content":"Question {{index}}?"}],"model":"tiny","max_tokens":64}""";
        return Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer x\r\nUser-Agent: bench\r\nAccept: */*\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    private static async Task<(WebApplication Web, HttpMessageInvoker Invoker, IPEndPoint Address)> StartBareYarpAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1));
        WebApplication web = builder.Build();
        IHttpForwarder forwarder = web.Services.GetRequiredService<IHttpForwarder>();
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        });
        var config = new ForwarderRequestConfig
        {
            ActivityTimeout = Timeout.InfiniteTimeSpan,
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        string prefix = $"http://{RouterBackend.Addresses[0]}:{port}";
        web.Run(async http => await forwarder.SendAsync(http, prefix, invoker, config, HttpTransformer.Default));
        await web.StartAsync();
        string address = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return (web, invoker, new IPEndPoint(IPAddress.Loopback, new Uri(address).Port));
    }

    private static async Task<IHost> StartSiloAsync(int port)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(static logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddSingleton<IClusterFacts>(new OneServer(port));
        builder.Services.AddSingleton<IEngineProbe, SilentEngines>();
        builder.UseOrleans(static silo => silo.UseLocalhostClustering());
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static Process StartBackend(int port)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["backend", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Insert(0, typeof(RouterBenchmark).Assembly.Location);
        Process process = Process.Start(start)!;
        process.StandardOutput.ReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Engines that nobody scrapes: the benchmark's answers everything alike.</summary>
    private sealed class SilentEngines : IEngineProbe
    {
        public Task<EngineScrape> ScrapeAsync(EngineEndpoint endpoint, bool asksModels, CancellationToken cancellation) =>
            Task.FromResult(new EngineScrape(new EngineMetrics { IsEngine = true }, null));
    }

    /// <summary>A cluster with one route, one model server and the engine's two addresses.</summary>
    private sealed class OneServer(int port) : IClusterFacts
    {
        private readonly ImmutableArray<object> _objects =
        [
            new ModelRoute
            {
                Metadata = new ObjectMeta { Namespace = "default", Name = "route" },
                Spec = new ModelRouteSpec { ModelName = "tiny", Rules = [new RouteRule { Targets = [new TargetModel { ModelServerName = "server" }] }] },
            },
            new ModelServer
            {
                Metadata = new ObjectMeta { Namespace = "default", Name = "server" },
                Spec = new ModelServerSpec { Model = "org/tiny", WorkloadPort = port, WorkloadSelector = LabelSet.Of(("app", "x")) },
            },
            .. RouterBackend.Addresses.Select(static (address, index) => new Pod
            {
                Metadata = new ObjectMeta { Namespace = "default", Name = $"pod-{index}", Uid = $"uid-{index}", Labels = LabelSet.Of(("app", "x")) },
                Phase = "Running",
                PodIP = address.ToString(),
                Conditions = [new Condition("Ready", "True")],
            }),
        ];

        public bool HasSynced => true;

        public long ObservedVersion(ResourceKind kind) => 1;

        public T? Find<T>(NamespacedName key)
            where T : class, IKubernetesResource<T> => List<T>().FirstOrDefault(item => item.Metadata.Key == key);

        public ImmutableArray<T> List<T>()
            where T : class, IKubernetesResource<T> => [.. _objects.OfType<T>()];

        public ImmutableArray<T> List<T>(FactIndex index, string key)
            where T : class, IKubernetesResource<T> => [.. List<T>().Where(item => FactKeys.Of(index, item.Metadata) == key)];
    }
}
