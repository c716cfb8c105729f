using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
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

/// <summary>A silo, a router and a bare YARP forwarder in this process, before one engine process.</summary>
internal sealed class RouterBench : IAsyncDisposable
{
    private readonly Process _backend;
    private readonly IHost _silo;
    private readonly RouterHost _router;
    private readonly WebApplication _bare;
    private readonly HttpMessageInvoker _invoker;

    private RouterBench(Process backend, int port, IHost silo, RouterHost router, WebApplication bare, HttpMessageInvoker invoker)
    {
        (_backend, _silo, _router, _bare, _invoker) = (backend, silo, router, bare, invoker);
        Engine = new IPEndPoint(RouterBackend.Addresses[0], port);
        Router = new IPEndPoint(IPAddress.Loopback, router.Address.Port);
        string address = bare.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        BareYarp = new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
    }

    /// <summary>The engine itself.</summary>
    public IPEndPoint Engine { get; }

    /// <summary>The router before it.</summary>
    public IPEndPoint Router { get; }

    /// <summary>The bare forwarder before it.</summary>
    public IPEndPoint BareYarp { get; }

    public static async Task<RouterBench> StartAsync()
    {
        int port = LoadLoop.FreePort();
        Process backend = RouterBackend.Start("backend", port);
        IHost silo = await StartSiloAsync(port);
        RouterHost router = await RouterHost.StartAsync(
            silo.Services.GetRequiredService<IGrainFactory>(), new RouterOptions { Port = 0, MetricsPort = null, DebugPort = null, AccessLog = TextWriter.Null });
        await router.WaitForAnotherTableAsync(0);
        (WebApplication bare, HttpMessageInvoker invoker) = await StartBareYarpAsync(port);
        return new RouterBench(backend, port, silo, router, bare, invoker);
    }

    /// <summary>Requests of a size that share a long beginning.</summary>
    public static byte[][] Requests(int bytes) => [.. Enumerable.Range(0, 64).Select(index => Request(bytes, index))];

    public async ValueTask DisposeAsync()
    {
        await _bare.StopAsync();
        await _bare.DisposeAsync();
        _invoker.Dispose();
        await _router.StopAsync();
        await _silo.StopAsync();
        _silo.Dispose();
        _backend.StandardInput.Close();
        await _backend.WaitForExitAsync();
        _backend.Dispose();
    }

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

    private static async Task<(WebApplication Web, HttpMessageInvoker Invoker)> StartBareYarpAsync(int port)
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
        return (web, invoker);
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
