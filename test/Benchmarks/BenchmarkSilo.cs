using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
#if !ORLEANS
using Kthena.Embedded.Hosting;
#endif

namespace Kthena.Benchmarks;

/// <summary>One silo in this process; embedded, state goes to a file, on Orleans to memory.</summary>
internal sealed class BenchmarkSilo : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly IHost _host;

    private BenchmarkSilo(DirectoryInfo folder, IHost host) => (_folder, _host) = (folder, host);

    /// <summary>Calls its grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<BenchmarkSilo> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("kthena-benchmark-");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
#if ORLEANS
            silo.AddMemoryGrainStorageAsDefault();
#else
            silo.AddSqliteGrainStorageAsDefault(Path.Combine(folder.FullName, "state.db"));
#endif
        });
        var host = builder.Build();
        await host.StartAsync();
        return new BenchmarkSilo(folder, host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _folder.Delete(recursive: true);
    }
}
