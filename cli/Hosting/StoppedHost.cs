using Microsoft.Extensions.Hosting;

namespace Kthena.Cli.Hosting;

/// <summary>A host that is stopped in order before it is disposed of.</summary>
internal sealed class StoppedHost(IHost host, TimeSpan timeout) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(timeout);
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            host.Dispose();
    }
}
