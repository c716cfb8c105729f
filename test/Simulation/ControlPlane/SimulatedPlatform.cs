using Kthena.Contracts.Serving;
using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Simulation;
using Kthena.Grains.Bridge;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Kthena.Silo;
using Kthena.Silo.Cluster;
using Kthena.Simulation.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Kthena.Simulation.ControlPlane;

/// <summary>The platform's silos, with their informers and bridges, and an API server that answers them badly for a while.</summary>
internal sealed class SimulatedPlatform : IDisposable
{
    // Where nothing fails any more, pokes find nothing to mend.
    private static readonly TimeSpan CalmPokeInterval = TimeSpan.FromSeconds(20);

    private readonly SimulatedProcess _serverProcess;
    private readonly IObjectJournal _journal;
    private readonly Action<IServiceCollection, SimulatedProcess>? _addServices;
    private readonly ApiFaults _faults;
    private ApiServer? _server;
    private KubernetesClient? _user;

    /// <summary>Sets silos up; they wait for the API server.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="faultyTime">How long faults come.</param>
    /// <param name="journal">Where the API server keeps its objects, and what sees every commit.</param>
    /// <param name="addServices">Adds to a silo's services, or puts others in their place.</param>
    public SimulatedPlatform(int seed, TimeSpan faultyTime, IObjectJournal journal, Action<IServiceCollection, SimulatedProcess>? addServices = null)
    {
        _journal = journal;
        _addServices = addServices;
        var drawn = new Random(seed);
        _faults = ApiFaults.Draw(drawn);
        Cluster = new SimulatedCluster(seed, new SimulationOptions
        {
            Faults = SimulationFaults.Draw(drawn) with { ActiveFor = faultyTime },
            BuildServices = static services => services.BuildServiceProvider(),
            ConfigureSilo = Configure,
            RunBeside = RunBesideAsync,
        });
        _serverProcess = Cluster.Driver.AddProcess("api-server");
    }

    public SimulatedCluster Cluster { get; }

    /// <summary>How often the API server's faults really happened.</summary>
    public ApiFaultCounts FaultCounts => _faults.Counts;

    /// <summary>Decides what is not the order of turns.</summary>
    public Random Chance => Cluster.Driver.Chance;

    public DateTimeOffset Now => Cluster.Driver.Time.GetUtcNow();

    /// <summary>A planted mistake that changes the silos' requests on their way.</summary>
    public Func<KubernetesRequest, KubernetesRequest> Spoil { get; init; } = static request => request;

    /// <summary>A client without faults, for the user and the nodes.</summary>
    public KubernetesClient User => _user ?? throw new InvalidOperationException("The API server does not run yet.");

    /// <summary>Starts the API server.</summary>
    public async Task StartServerAsync()
    {
        _server = await _serverProcess.Start(() => ApiServer.StartAsync(new ApiServerOptions
        {
            Time = _serverProcess.Time,
            Identifiers = new RandomIdentifiers(new Random(Chance.Next())),
            Journal = _journal,
            HistoryLength = Chance.Next(2) == 0 ? 64 : ApiServerOptions.HistoryLengthDefault,
        }));
        _ = _serverProcess.Start(() => _server.RunControllersAsync(CancellationToken.None));
        SimulatedProcess world = Cluster.Driver.World;
        _user = new KubernetesClient(
            new FaultyTransport(_server, _serverProcess, world, new ApiFaults(), Chance, static () => true), world.Time);
    }

    public Task DelayAsync(TimeSpan time) => Task.Delay(time, Cluster.Driver.Time);

    public void Dispose() => _user?.Dispose();

    private void Configure(Orleans.Hosting.ISiloBuilder silo, SimulatedProcess process)
    {
        silo.Services.AddSingleton<ILoggerFactory>(new RunLog(process.Time, process.Name));
        silo.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        silo.Services.AddKthenaSiloServices(new SiloOptions
        {
            Transport = new LateTransport(() => new FaultyTransport(
                _server!, _serverProcess, process, _faults, Chance, () => Cluster.IsCalm)
            { Mistake = Spoil }),
            Chance = () => new Random(Chance.Next()),
        });
        _addServices?.Invoke(silo.Services, process);
    }

    /// <summary>What the silo's hosted services do.</summary>
    private async Task RunBesideAsync(IServiceProvider services, SimulatedProcess process)
    {
        while (_server is null)
            await Task.Delay(TimeSpan.FromMilliseconds(100), process.Time);
        var grains = services.GetRequiredService<IGrainFactory>();
        Task informers = services.GetRequiredService<InformerSet>().RunAsync(CancellationToken.None);
        Task events = services.GetRequiredService<EventRecorder>().RunAsync(CancellationToken.None);
        while (!informers.IsFaulted && !events.IsFaulted)
        {
            await Task.WhenAll(ChangeRoutes.Kinds.Select(kind => PokeAsync(grains, kind)));
            await Task.Delay(Cluster.IsCalm ? CalmPokeInterval : services.GetRequiredService<SiloOptions>().PokeInterval, process.Time);
        }
        await Task.WhenAll(informers, events);
    }

    private static async Task PokeAsync(IGrainFactory grains, ResourceKind kind)
    {
        try
        {
            await grains.GetGrain<IKubernetesBridgeGrain>(kind.Kind).PokeAsync();
        }
        catch (TimeoutException)
        {
            // The next poke is the remedy.
        }
    }
}
