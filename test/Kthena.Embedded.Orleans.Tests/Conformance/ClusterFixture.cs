using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Kthena.Conformance;

/// <summary>One cluster for all conformance tests; each test uses keys of its own.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private int _keys;
    private InProcessTestCluster? _cluster;

    public IGrainFactory Grains => _cluster!.Client;

    public string NewKey() => $"key-{Interlocked.Increment(ref _keys)}";

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) => silo
            .AddMemoryGrainStorageAsDefault()
            .AddMemoryGrainStorage("other")
            .UseInMemoryReminderService()
            .AddIncomingGrainCallFilter<FirstFilter>()
            .AddIncomingGrainCallFilter(SecondFilterAsync)
            .AddStartupTask((services, _) => services.GetRequiredService<IGrainFactory>().GetGrain<ITurns>("startup").Add(1)));
        _cluster = builder.Build();
        await _cluster.DeployAsync();
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

    public async Task DisposeAsync()
    {
        await _cluster!.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class ClusterGroup : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}
