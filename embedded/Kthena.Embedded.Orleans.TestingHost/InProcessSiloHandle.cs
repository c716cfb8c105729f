using Microsoft.Extensions.Hosting;

namespace Orleans.TestingHost;

/// <summary>A silo that a test started.</summary>
public abstract class SiloHandle : IAsyncDisposable
{
    /// <summary>The silo's name.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Whether the silo runs.</summary>
    public abstract bool IsActive { get; }

    /// <summary>Stops the silo.</summary>
    /// <param name="stopGracefully">Whether its grains are deactivated first.</param>
    public abstract Task StopSiloAsync(bool stopGracefully);

    /// <summary>Stops the silo and disposes its host.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA1816", Justification = "There is no finalizer.")]
    public abstract ValueTask DisposeAsync();
}

/// <summary>A silo inside the test process.</summary>
public class InProcessSiloHandle : SiloHandle
{
    private bool _isActive = true;
    private bool _isDisposed;

    /// <summary>The host that the silo lives in.</summary>
    public IHost SiloHost { get; init; } = null!;

    /// <summary>The host's services.</summary>
    public IServiceProvider ServiceProvider => SiloHost.Services;

    /// <inheritdoc/>
    public override bool IsActive => _isActive;

    /// <inheritdoc/>
    public override async Task StopSiloAsync(bool stopGracefully)
    {
        if (_isActive)
        {
            _isActive = false;
            await SiloHost.StopAsync(new CancellationToken(canceled: !stopGracefully));
        }
    }

    /// <inheritdoc/>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA1816", Justification = "There is no finalizer.")]
    public override async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await StopSiloAsync(stopGracefully: true);
        SiloHost.Dispose();
    }
}
