using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Kthena.Conformance;

/// <summary>One cluster for all conformance tests; each test uses keys of its own.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private readonly string _prefix = string.Empty;
    private readonly IGrainFactory? _grains;
    private int _keys;
    private InProcessTestCluster? _cluster;

    public ClusterFixture()
    {
    }

    /// <summary>Stands for a cluster that runs already.</summary>
    internal ClusterFixture(IGrainFactory grains, string prefix)
    {
        _grains = grains;
        _prefix = prefix;
    }

    public IGrainFactory Grains => _grains ?? _cluster!.Client;

    public string NewKey() => $"{_prefix}key-{Interlocked.Increment(ref _keys)}";

    /// <summary>What each silo of the suite has.</summary>
    public static void Configure(ISiloBuilder silo) => silo
        .AddMemoryGrainStorageAsDefault()
        .AddMemoryGrainStorage("other")
        .UseInMemoryReminderService()
        .AddIncomingGrainCallFilter<FirstFilter>()
        .AddIncomingGrainCallFilter(SecondFilterAsync);

    /// <summary>What each silo of the suite does when it has started.</summary>
    public static Task StartAsync(IServiceProvider services) =>
        services.GetRequiredService<IGrainFactory>().GetGrain<ITurns>("startup").Add(1);

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) =>
        {
            Configure(silo);
            // Ten thousand calls at once wait for each other; a busy machine must not decide whether the last is in time.
            silo.Configure<SiloMessagingOptions>(static options => options.ResponseTimeout = TimeSpan.FromMinutes(10));
            silo.AddStartupTask((services, _) => StartAsync(services));
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async Task DisposeAsync()
    {
        await _cluster!.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }

    private static async Task SecondFilterAsync(IIncomingGrainCallContext context)
    {
        var key = context.Grain is FilteredGrain grain ? grain.GetPrimaryKeyString() : null;
        Note(key, "second before");
        await context.Invoke();
        Note(key, "second after");

        static void Note(string? key, string line)
        {
            if (key is not null)
            {
                Signals.Note(key, line);
            }
        }
    }
}

[CollectionDefinition(Name)]
public sealed class ClusterGroup : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}
