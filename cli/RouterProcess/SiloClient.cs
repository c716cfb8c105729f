using Kthena.Cli.Clustering;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Kthena.Cli.RouterProcess;

/// <summary>This process as a client of the silos. It goes on trying for as long as it runs.</summary>
internal sealed partial class SiloClient : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly IHost _host;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private Action _renew = static () => { };
    private Task _connecting = Task.CompletedTask;
    private bool _isRefused;

    private SiloClient(Action<IClientBuilder> cluster, ILoggerFactory loggers, TimeProvider time)
    {
        (_logger, _time) = (loggers.CreateLogger<SiloClient>(), time);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(loggers);
        builder.UseOrleansClient(client =>
        {
            cluster(client);
            client.UseConnectionRetryFilter(RetryAsync);
            client.AddGatewayCountChangedHandler((_, change) => Count(change.NumberOfConnectedGateways));
        });
        _host = builder.Build();
    }

    /// <summary>What calls grains. Before the first connection it finds none.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Makes a client that does not connect yet.</summary>
    /// <param name="settings">Which silos.</param>
    /// <param name="connection">The API server that names them.</param>
    /// <param name="transport">The way to it.</param>
    /// <param name="loggers">Where it tells of itself.</param>
    /// <param name="time">The clock.</param>
    public static SiloClient Create(
        ClusterSettings settings, KubernetesConnection connection, IKubernetesTransport transport, ILoggerFactory loggers, TimeProvider time) =>
        new(SiloClustering.ForClient(settings, connection, transport, loggers), loggers, time);

    /// <summary>Begins to connect, and goes on until it is disposed of.</summary>
    /// <param name="renew">Called when silos went or came.</param>
    public void Connect(Action renew)
    {
        _renew = renew;
        _connecting = ConnectAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _connecting;
        await _host.StopAsync();
        _host.Dispose();
        _stopping.Dispose();
    }

    private async Task ConnectAsync()
    {
        try
        {
            await _host.StartAsync(_stopping.Token);
            LogConnected();
            _renew();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped before any silo came.
        }
        catch (Exception fault)
        {
            LogNeverConnected(fault);
        }
    }

    private async Task<bool> RetryAsync(Exception fault, CancellationToken cancellation)
    {
        if (!_isRefused)
            LogNotConnected(fault.Message);
        _isRefused = true;
        await Task.Delay(RetryDelay, _time, cancellation);
        return true;
    }

    private void Count(int gateways)
    {
        LogGateways(gateways);
        _renew();
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Connected to the silos.")]
    private partial void LogConnected();

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "No silo can be reached; it is tried again every second. {Fault}")]
    private partial void LogNotConnected(string fault);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Gateways} silos are connected.")]
    private partial void LogGateways(int gateways);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "The client of the silos cannot start.")]
    private partial void LogNeverConnected(Exception fault);
}
