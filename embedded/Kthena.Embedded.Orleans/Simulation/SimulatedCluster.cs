using Kthena.Embedded.Hosting;
using Kthena.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;

namespace Kthena.Embedded.Simulation;

/// <summary>
/// A cluster of silos in one thread and virtual time, with faults; everything that happens follows from the seed. A crashed silo
/// loses its activations and nothing else, and comes back empty.
/// </summary>
internal sealed class SimulatedCluster
{
    private static readonly Lazy<List<CodeGeneration.IGrainPart>> Parts = new(GrainCatalog.FindParts);

    private readonly SimulationOptions _options;
    private readonly SimulationFaults _faults;
    private readonly SimulatedNetwork _network;
    private readonly Dictionary<string, MemoryStateStorage> _records = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _calmAt;
    private readonly SiloRuntime _client;
    private int _starts;

    public SimulatedCluster(int seed, SimulationOptions options)
    {
        _options = options;
        Driver = new DeterministicDriver(seed);
        _faults = options.Faults ?? SimulationFaults.Draw(Driver.Chance);
        _calmAt = Driver.Time.GetUtcNow() + _faults.ActiveFor;
        _network = new SimulatedNetwork(Driver, _faults, () => IsCalm);
        _client = CreateRuntime(Driver.AddProcess("client", _network.CarryAnswer));
        for (var index = 0; index < options.Silos; index++)
        {
            Start($"silo-{index}");
        }

        Repeat(_faults.CrashEvery, CrashOne);
        Repeat(_faults.PauseEvery, PauseOne);
        Repeat(_faults.DuplicateEvery, () => Duplicate());
    }

    public DeterministicDriver Driver { get; }

    /// <summary>Calls grains from outside the silos, over the same network.</summary>
    public IGrainFactory Client => _client.GrainFactory;

    /// <summary>The silos that run.</summary>
    public IReadOnlyList<SimulatedSilo> Silos => _network.Silos;

    /// <summary>Whether the time of faults is over.</summary>
    public bool IsCalm => Driver.Time.GetUtcNow() >= _calmAt;

    public int Crashes { get; private set; }

    public int Pauses { get; private set; }

    public int Duplicates { get; private set; }

    public int RequestsLost => _network.RequestsLost;

    public int RepliesLost => _network.RepliesLost;

    /// <summary>What went wrong, in words.</summary>
    public string Faults => $"{Crashes} crashes, {Pauses} pauses, {Duplicates} doubled grains, {RequestsLost} requests and {RepliesLost} replies lost";

    /// <summary>Runs a scenario to its end.</summary>
    public void Run(Func<Task> scenario, TimeSpan longest) => Driver.Run(scenario, longest);

    /// <summary>Waits until no faults come any more, all silos run and every grain is single.</summary>
    public async Task UntilCalmAsync()
    {
        while (!IsCalm || _network.Silos.Count < _options.Silos || _network.Silos.Any(silo => silo.Process.IsPaused)
            || _network.HasDoubledGrains)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Driver.Time);
        }
    }

    /// <summary>Waits until nothing can run and no timer is due. See <see cref="DeterministicDriver.UntilQuietAsync"/>.</summary>
    public Task UntilQuietAsync(TimeSpan? horizon = null) => Driver.UntilQuietAsync(horizon);

    /// <summary>Ends a silo between two turns; no code of it learns of it.</summary>
    public void Crash(SimulatedSilo silo)
    {
        Crashes++;
        Driver.Note($"{silo.Name} crashes");
        silo.Process.Kill();
        _network.Silos.Remove(silo);
        Driver.World.After(Between(TimeSpan.Zero, _faults.DetectionMax), () => _network.Forget(silo));
        Driver.World.After(Between(TimeSpan.Zero, _faults.RestartAfterMax), () => Start(silo.Name.Split('#')[0]));
    }

    /// <summary>Lets nothing of a silo run for a while.</summary>
    public void Pause(SimulatedSilo silo, TimeSpan time)
    {
        Pauses++;
        Driver.Note($"{silo.Name} pauses for {time.TotalSeconds:0.000} s");
        silo.Process.Pause();
        Driver.World.After(time, silo.Process.Resume);
    }

    /// <summary>Gives a grain of a class a second activation for a while, if there is one on a silo that runs.</summary>
    /// <param name="grainClass">The name of the class; null for any.</param>
    public bool Duplicate(string? grainClass = null)
    {
        if (_network.LoseEntry(grainClass) is not { } entry)
        {
            return false;
        }

        Duplicates++;
        Driver.Note($"{entry.GrainClass.Name}/{entry.Key} of {entry.FormerHost!.Name} is active on {entry.Host.Name} too");
        Driver.World.After(Between(TimeSpan.Zero, _faults.DuplicateMax), () => SimulatedNetwork.Reunite(entry));
        return true;
    }

    private void CrashOne()
    {
        if (_network.Silos.Count > 1)
        {
            Crash(Any());
        }
    }

    private void PauseOne()
    {
        var silo = Any();
        if (!silo.Process.IsPaused)
        {
            Pause(silo, Between(TimeSpan.Zero, _faults.PauseMax));
        }
    }

    private SimulatedSilo Any() => _network.Silos[Driver.Chance.Next(_network.Silos.Count)];

    private TimeSpan Between(TimeSpan least, TimeSpan most) => least + ((most - least) * Driver.Chance.NextDouble());

    private void Repeat(TimeSpan? mean, Action fault)
    {
        if (mean is not { } time)
        {
            return;
        }

        Driver.World.After(time * -Math.Log(1 - Driver.Chance.NextDouble()), () =>
        {
            if (!IsCalm)
            {
                fault();
                Repeat(mean, fault);
            }
        });
    }

    private void Start(string name)
    {
        var process = Driver.AddProcess($"{name}#{++_starts}", _network.CarryAnswer);
        var runtime = CreateRuntime(process);
        _network.Join(new SimulatedSilo(process.Name, process, runtime));
        if (_options.RunBeside is { } work)
        {
            process.Start(async () =>
            {
                try
                {
                    await work(runtime.Services, process);
                }
                catch (Exception exception)
                {
                    Driver.Fail(exception);
                }
            });
        }
    }

    /// <summary>What a silo stores outlives it and is seen by the others, whatever it was set up to store it in.</summary>
    private void ShareStorage(SiloBuilder builder, SimulatedProcess process)
    {
        var names = builder.Services.Select(service => service.ImplementationInstance).OfType<StateStorageName>().Distinct().ToArray();
        foreach (var storage in names)
        {
            builder.Services.AddKeyedSingleton<IStateStorage>(storage.Name, (_, name) => Share((string)name!, process));
        }

        if (builder.Services.Any(service => service.ServiceType == typeof(ReminderStorage)))
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(new ReminderStorage(_ => Share(nameof(ReminderStorage), process))));
        }
    }

    private SimulatedStateStorage Share(string name, SimulatedProcess process)
    {
        if (!_records.TryGetValue(name, out var records))
        {
            _records[name] = records = new MemoryStateStorage();
        }

        return new SimulatedStateStorage(records, Driver, process);
    }

    private SiloRuntime CreateRuntime(SimulatedProcess process)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(process.Time);
        services.AddSingleton<ITurnQueue>(process);
        services.AddSingleton<IGrainNetwork>(_network);
        services.AddSingleton(GrainCatalog.FromParts(Parts.Value));
        var builder = OrleansSiloGenericHostExtensions.AddSilo(services, configuration: null);
        services.AddKeyedSingleton<TimeProvider>(SiloRuntime.Housekeeping, process.HousekeepingTime);
        builder.AddStateStorage(StateStorageNames.Default, _ => new MemoryStateStorage());
        _options.ConfigureSilo?.Invoke(builder, process);
        ShareStorage(builder, process);
        var runtime = _options.BuildServices(services).GetRequiredService<SiloRuntime>();
        if (!runtime.StartAsync(CancellationToken.None).IsCompletedSuccessfully)
        {
            throw new NotSupportedException("A simulated silo has no start-up tasks that wait. Put them into RunBeside.");
        }

        return runtime;
    }
}
