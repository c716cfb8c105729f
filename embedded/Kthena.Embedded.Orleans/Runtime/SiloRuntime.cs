using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>The grains of one process: starts and stops with its host.</summary>
internal sealed class SiloRuntime : IHostedLifecycleService, IDisposable
{
    /// <summary>The key of the clock behind <see cref="HousekeepingTime"/>, if it is one of its own.</summary>
    public const string Housekeeping = "housekeeping";

    private readonly Lazy<GrainCatalog> _catalog;
    private readonly IEnumerable<StartupTask> _startupTasks;
    private readonly GrainCollectionOptions _collection;
    private readonly TimeProvider? _housekeeping;
    private IdleCollector? _collector;
    private volatile bool _running;
    private volatile bool _stopping;

    public SiloRuntime(
        IServiceProvider services,
        TimeProvider time,
        ITurnQueue turns,
        IEnumerable<StartupTask> startupTasks,
        IOptions<SiloMessagingOptions> messaging,
        IOptions<GrainCollectionOptions> collection)
    {
        Services = services;
        Time = time;
        Turns = turns;
        Guard = turns as ITurnGuard;
        _startupTasks = startupTasks;
        _collection = collection.Value;
        _housekeeping = services.GetKeyedService<TimeProvider>(Housekeeping);
        Network = services.GetService<IGrainNetwork>();
        Address = new SiloAddress(turns.ToString()!);
        ResponseTimeout = messaging.Value.ResponseTimeout;
        _catalog = new Lazy<GrainCatalog>(() => services.GetService<GrainCatalog>() ?? GrainCatalog.FromLoadedAssemblies());
        var loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        Logger = loggers.CreateLogger("Kthena.Embedded.Silo");
        Deadlines = new ResponseDeadlines(time, messaging.Value.ResponseTimeout);
        GrainFactory = new GrainFactory(this);
    }

    public IServiceProvider Services { get; }

    public TimeProvider Time { get; }

    /// <summary>The clock of what goes on for ever and concerns no grain in particular.</summary>
    public TimeProvider HousekeepingTime => _housekeeping ?? Time;

    public ITurnQueue Turns { get; }

    /// <summary>Looks at what is put into inboxes; null where anything may be.</summary>
    public ITurnGuard? Guard { get; }

    /// <summary>Reaches the other silos of a simulation; null where this silo is the only one.</summary>
    public IGrainNetwork? Network { get; }

    public TimeSpan ResponseTimeout { get; }

    /// <summary>Names this silo where statistics are told of.</summary>
    public SiloAddress Address { get; }

    public ILogger Logger { get; }

    public ResponseDeadlines Deadlines { get; }

    public GrainFactory GrainFactory { get; }

    public GrainCatalog Catalog => _catalog.Value;

    public TimeSpan ActivationTimeout => _collection.ActivationTimeout;

    public TimeSpan DeactivationTimeout => _collection.DeactivationTimeout;

    /// <summary>What every call passes, in order; most silos have none.</summary>
    public IIncomingGrainCallFilter[] CallFilters { get; private set; } = [];

    /// <summary>Null until the silo starts, and where the host adds no reminders.</summary>
    public ReminderService? Reminders { get; private set; }

    public bool IsRunning => _running;

    /// <summary>Whether grains that are not active stay so.</summary>
    public bool IsStopping => _stopping;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Log.SiloStarted(Logger, Catalog.Classes.Count, Catalog.PartCount);
        Catalog.CheckMessages();
        foreach (var storage in Services.GetServices<StateStorageName>())
        {
            Services.GetRequiredKeyedService<IStateStorage>(storage.Name);
        }

        CallFilters = [.. Services.GetServices<IIncomingGrainCallFilter>()];
        if (Services.GetService<ReminderStorage>() is { } reminders)
        {
            Reminders = new ReminderService(
                this, Services.GetRequiredService<IOptions<ReminderOptions>>().Value, reminders.Open(Services));
        }

        _collector = new IdleCollector(this, _collection.CollectionQuantum, _collection.CollectionAge);
        _running = true;
        Reminders?.Load();
        foreach (var task in _startupTasks.OrderBy(task => task.Stage))
        {
            await task.Run(Services, cancellationToken);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_running)
        {
            return;
        }

        _stopping = true;
        Reminders?.Dispose();
        _collector?.Dispose();
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping.");
        var activations = Catalog.Classes.SelectMany(kind => kind.Activations).ToArray();
        foreach (var activation in activations)
        {
            activation.Deactivate(reason, cancellationToken);
        }

        try
        {
            var patience = DeactivationTimeout + DeactivationTimeout;
            await Task.WhenAll(activations.Select(activation => activation.Deactivated)).WaitAsync(patience, Time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            Log.GrainsLeft(Logger, activations.Count(activation => !activation.IsGone));
        }

        _running = false;
        foreach (var activation in Catalog.Classes.SelectMany(kind => kind.Activations))
        {
            activation.ExpireCallsOfBlockedTurn(int.MaxValue - 1);
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _running = false;
        Reminders?.Dispose();
        _collector?.Dispose();
        Deadlines.Dispose();
    }
}

/// <summary>Work that runs once when the silo has started, before the host counts as started.</summary>
internal sealed record StartupTask(int Stage, Func<IServiceProvider, CancellationToken, Task> Run);
