using Kthena.Embedded.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;

namespace Kthena.Embedded.Storage.Tests.Silo;

/// <summary>A silo in a host of its own whose grains are stored in a folder.</summary>
internal sealed class StoringSilo : IAsyncDisposable
{
    public const string FileName = "state.db";
    private readonly IHost _host;

    private StoringSilo(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<StoringSilo> StartAsync(string folder)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddSqliteGrainStorageAsDefault(Path.Combine(folder, FileName)));
        IHost host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }
        return new StoringSilo(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
