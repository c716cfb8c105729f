using System.Collections.ObjectModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orleans.TestingHost;

/// <summary>A cluster inside the test process. It must be disposed.</summary>
public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    private readonly List<InProcessSiloHandle> _silos = [];

    internal InProcessTestCluster(InProcessTestClusterOptions options) => Options = options;

    /// <summary>What the cluster is made of.</summary>
    public InProcessTestClusterOptions Options { get; }

    /// <summary>The silos that run.</summary>
    public ReadOnlyCollection<InProcessSiloHandle> Silos => _silos.AsReadOnly();

    /// <summary>Calls the cluster's grains.</summary>
    public IClusterClient Client => _silos.Count > 0
        ? _silos[0].ServiceProvider.GetRequiredService<IClusterClient>()
        : throw new InvalidOperationException("The cluster does not run. Await DeployAsync first.");

    /// <summary>Starts the silos.</summary>
    public async Task DeployAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.Services.AddLogging();
        builder.UseOrleans(_ => { });
        var options = new InProcessTestSiloSpecificOptions { SiloName = "Silo_0" };
        foreach (var configure in Options.SiloHostConfigurationDelegates)
        {
            configure(options, builder);
        }

        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }

        _silos.Add(new InProcessSiloHandle { Name = options.SiloName, SiloHost = host });
    }

    /// <summary>Stops all silos; their grains are deactivated.</summary>
    public async Task StopAllSilosAsync()
    {
        foreach (var silo in _silos)
        {
            await silo.StopSiloAsync(stopGracefully: true);
        }
    }

    /// <summary>Stops and disposes everything.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Stops and disposes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
        }

        _silos.Clear();
    }
}
