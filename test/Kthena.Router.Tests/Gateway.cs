using System.Net;
using System.Net.Sockets;
using System.Text;
using Kthena.Contracts.Routing;
using Kthena.Grains.Facts;
using Kthena.Grains.Routing;
using Kthena.Model;
using Kthena.Model.Serving;
using Kthena.Routing.Body;
using Kthena.Routing.Prompt;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Kthena.Router.Tests;

/// <summary>A router before scripted engines, with the real routing grains over facts that the test sets.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    public const string Model = "tiny";

    /// <summary>How long anything is waited for that must come: a busy machine may need much of it, and only a defect all.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static int _networks;

    private readonly InProcessTestCluster _cluster;
    private readonly ToyCluster _facts;
    private readonly List<RouterHost> _routers = [];
    private long _table;

    private Gateway(InProcessTestCluster cluster, ToyCluster facts, ScriptedProbe probe, int port) =>
        (_cluster, _facts, Probe, Port, Grains) = (cluster, facts, probe, port, cluster.Client);

    public int Port { get; }

    /// <summary>What engines say of their load.</summary>
    public ScriptedProbe Probe { get; }

    public List<ScriptedEngine> Engines { get; } = [];

    public StringWriter Log { get; } = new(new StringBuilder());

    public RouterHost Router => _routers[0];

    public IReadOnlyList<RouterHost> Routers => _routers;

    /// <summary>The way to the grains, kept because Orleans' cluster hands none out once its silos are stopped.</summary>
    public IGrainFactory Grains { get; }

    public HttpClient Client { get; private set; } = null!;

    /// <summary>Starts engines <c>pod-0</c>, <c>pod-1</c>… behind one model server <c>default/server</c>.</summary>
    /// <param name="engines">How many engines run.</param>
    /// <param name="dead">How many more pods are in the table whose engine refuses connections; their names come first.</param>
    /// <param name="configure">Changes the router's settings.</param>
    /// <param name="engineModel">The model's name at the engine; null keeps the request's.</param>
    /// <param name="timeout">The bound until the response headers.</param>
    /// <param name="engineProtocols">What the engines speak.</param>
    /// <param name="time">The router's clock; null for the system's.</param>
    /// <param name="loggers">Where the router tells of itself; null for nowhere.</param>
    public static async Task<Gateway> StartAsync(
        int engines = 1, int dead = 0, Func<RouterOptions, RouterOptions>? configure = null, string? engineModel = null, string? timeout = null,
        HttpProtocols engineProtocols = HttpProtocols.Http1, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        var facts = new ToyCluster();
        var probe = new ScriptedProbe();
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.Services
            .AddSingleton<IClusterFacts>(facts)
            .AddSingleton<IEngineProbe>(probe)
            .Configure<SiloMessagingOptions>(static options => options.ResponseTimeout = Patience)
            .Configure<PrefixCacheOptions>(static options => options.MemoryBudgetBytes = 1 << 20));
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        var gateway = new Gateway(cluster, facts, probe, FreePort());
        int number = Interlocked.Increment(ref _networks);
        string network = $"127.{80 + (number / 256)}.{number % 256}";
        var objects = new List<object> { ToyCluster.Route("route", Model, "server"), ToyCluster.Server("server", gateway.Port, engineModel, timeout) };
        for (int index = 0; index < dead; index++)
            objects.Add(ToyCluster.Pod($"dead-{index}", "server", $"{network}.{100 + index}"));
        for (int index = 0; index < engines; index++)
        {
            IPAddress address = IPAddress.Parse($"{network}.{index + 1}");
            gateway.Engines.Add(await ScriptedEngine.StartAsync(address, gateway.Port, engineProtocols));
            objects.Add(ToyCluster.Pod($"pod-{index}", "server", address.ToString()));
        }
        // Before anybody asks the routing table: its first version must not be an empty one.
        facts.Set(objects);
        gateway.Client = await gateway.AddRouterAsync(configure ?? (static options => options), time, loggers);
        await gateway.SetAsync([.. objects]);
        return gateway;
    }

    /// <summary>A client of a listener on this machine, past any proxy that the environment names.</summary>
    public static HttpClient ClientOf(Uri? address) => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Patience };

    /// <summary>Starts another router over the same grains.</summary>
    public async Task<HttpClient> AddRouterAsync(Func<RouterOptions, RouterOptions> configure, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        RouterOptions options = configure(new RouterOptions
        {
            Port = 0,
            MetricsPort = 0,
            DebugPort = 0,
            Seed = 1,
            AccessLog = Log,
            // A busy test machine must not decide what is in time.
            PrefixLookupDeadline = Patience,
            ConnectTimeout = Patience,
            RequestHeadersTimeout = Patience,
        });
        RouterHost router = await RouterHost.StartAsync(Grains, options, loggers, time);
        _routers.Add(router);
        return ClientOf(router.Address);
    }

    /// <summary>Sets the cluster's objects and waits until every router that is up routes by them.</summary>
    public async Task SetAsync(params object[] objects)
    {
        long before = _table;
        await SetObjectsAsync(objects);
        foreach (RouterHost router in _routers)
            _table = await router.WaitForAnotherTableAsync(before).WaitAsync(Patience);
    }

    /// <summary>Sets the cluster's objects, and waits for nobody.</summary>
    public Task SetObjectsAsync(params object[] objects)
    {
        long version = _facts.Set([.. objects]);
        return Grains.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key)
            .NotifyAsync(new ObjectChange("Pod", new NamespacedName("default", "any"), version));
    }

    public Task StopSilosAsync() => _cluster.StopAllSilosAsync();

    public Task SecondRouterReadyAsync() => _routers[1].WaitForAnotherTableAsync(0).WaitAsync(Patience);

    /// <summary>Waits until the cluster's prefix cache knows that an engine holds a prompt: records travel in batches.</summary>
    public async Task UntilRecordedAsync(ScriptedEngine holder, string prompt)
    {
        BlockChain chain = await ChainAsync(prompt);
        IPrefixCacheGrain cache = Grains.GetGrain<IPrefixCacheGrain>("default/server");
        string uid = $"pod-{Engines.IndexOf(holder)}";
        using var limit = new CancellationTokenSource(Patience);
        while (!(await cache.MatchAsync(chain.Bytes)).Endpoints.Any(match => match.EndpointUid == uid && match.Blocks >= chain.Count - 1))
            limit.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until the cluster's prefix cache knows who holds a share of some prompts.</summary>
    public async Task UntilRecordedAsync(IReadOnlyList<string> prompts, double share)
    {
        BlockChain[] chains = await Task.WhenAll(prompts.Select(ChainAsync));
        IPrefixCacheGrain cache = Grains.GetGrain<IPrefixCacheGrain>("default/server");
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            int known = 0;
            foreach (BlockChain chain in chains)
                known += (await cache.MatchAsync(chain.Bytes)).Endpoints.Any(match => match.Blocks >= chain.Count - 1) ? 1 : 0;
            if (known >= share * chains.Length)
                return;
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task<BlockChain> ChainAsync(string prompt)
    {
        var body = new RequestBody();
        byte[] json = await Chat(prompt).ReadAsByteArrayAsync();
        BodyReader.Read(json, body).ShouldBe(BodyFault.None);
        return PromptHasher.Hash(json, body, PromptHashOptions.WholePrompt, XxHash64.Hash(Encoding.UTF8.GetBytes(Model)));
    }

    /// <summary>What the first router's metrics say.</summary>
    public async Task<string> MetricsAsync()
    {
        using HttpClient client = ClientOf(Router.MetricsAddress);
        return await client.GetStringAsync("/metrics");
    }

    /// <summary>Waits until the first router's metrics have a line.</summary>
    public async Task UntilMetricAsync(string line)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!(await MetricsAsync()).Contains(line, StringComparison.Ordinal))
            limit.Token.ThrowIfCancellationRequested();
    }

    public async Task<string> LogLineAsync()
    {
        await Router.StopAsync();
        return Log.ToString().TrimEnd('\n');
    }

    public static StringContent Chat(string prompt, bool stream = false, string model = Model) => Json(
        $$"""{"messages":[{"role":"user","content":"{{prompt}}"}],"stream":{{(stream ? "true" : "false")}},"model":"{{model}}"}""");

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (RouterHost router in _routers)
            await router.DisposeAsync();
        foreach (ScriptedEngine engine in Engines)
            await engine.DisposeAsync();
        Probe.Dispose();
        await _cluster.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
