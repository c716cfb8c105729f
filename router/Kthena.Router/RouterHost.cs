using System.Net;
using Kthena.Model.Routing;
using Kthena.Router.Debugging;
using Kthena.Router.Listening;
using Kthena.Router.Metrics;
using Kthena.Router.Scheduling;
using Kthena.Router.Tracing;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router;

/// <summary>A running router: one listener, the pipeline behind it, and the loops that keep it up to date.</summary>
public sealed partial class RouterHost : IAsyncDisposable
{
    private static readonly TimeSpan LogPatience = TimeSpan.FromSeconds(5);

    private readonly RouterOptions _options;
    private readonly TimeProvider _time;
    private readonly WebApplication _web;
    private readonly SideListener? _metrics;
    private readonly SideListener? _debugging;
    private readonly RouterParts _parts;
    private readonly TraceExport? _traces;
    private readonly ILogger<RouterHost> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loops;
    private readonly Task _logging;
    private int _isDisposed;

    private RouterHost(
        RouterOptions options, TimeProvider time, WebApplication web, SideListener? metrics, SideListener? debugging, RouterParts parts,
        ILogger<RouterHost> logger)
    {
        (_options, _time, _web, _metrics, _debugging, _parts, _logger) = (options, time, web, metrics, debugging, parts, logger);
        _traces = TraceExport.Start(options.Traces);
        _loops = Task.WhenAll(parts.Loops.Select(RunAsync));
        _logging = parts.AccessLog.RunAsync();
        Address = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080/</c>.</summary>
    public Uri Address { get; }

    /// <summary>Where the metrics are, such as <c>http://127.0.0.1:9090/</c>; null when they have no listener.</summary>
    public Uri? MetricsAddress => _metrics?.Address;

    /// <summary>Where the debug endpoints are, such as <c>http://127.0.0.1:15000/</c>; null when they have no listener.</summary>
    public Uri? DebugAddress => _debugging?.Address;

    /// <summary>What requests are routed by now; its version is 0 before the first routing table.</summary>
    public RoutingSnapshot Snapshot => _parts.Snapshots.Table.Routes.Snapshot;

    /// <summary>The last picks, to be explained.</summary>
    public PickLog Picks => _parts.Picks;

    /// <summary>How much memory the bodies of requests under way take.</summary>
    internal long HeldBodyBytes => _parts.Bodies.HeldBytes;

    /// <summary>Starts a router. It serves at once, and is ready with the first routing table.</summary>
    /// <param name="grains">The way to the grains: a silo's own or a client's.</param>
    /// <param name="options">The settings.</param>
    /// <param name="loggers">Where the router tells of itself; null for nowhere.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="ArgumentException">Settings are wrong; the message has a sentence for each.</exception>
    /// <exception cref="RouterPortInUseException">A port is in use.</exception>
    public static async Task<RouterHost> StartAsync(
        IGrainFactory grains,
        RouterOptions options,
        ILoggerFactory? loggers = null,
        TimeProvider? time = null,
        CancellationToken cancellation = default)
    {
        loggers ??= NullLoggerFactory.Instance;
        time ??= TimeProvider.System;
        List<string> faults = [.. options.Validate()];
        SchedulerSource scheduler = SchedulerSource.Open(options, time, loggers.CreateLogger<SchedulerSource>(), faults);
        if (faults.Count > 0)
            throw new ArgumentException(string.Join(' ', faults));
        ILogger<RouterHost> logger = loggers.CreateLogger<RouterHost>();
        foreach (string warning in options.Warnings)
            LogSetting(logger, warning);
        CertificateFiles? certificate = CertificateFiles.Open(options, time, loggers.CreateLogger<CertificateFiles>());
        WebApplication web = GatewayListener.Build(options, certificate, loggers, time);
        var parts = new RouterParts(grains, options, scheduler, web.Services.GetRequiredService<IHttpForwarder>(), loggers, time);
        web.Run(parts.Pipeline.InvokeAsync);
        SideListener? metrics = null;
        SideListener? debugging = null;
        try
        {
            await GatewayListener.StartAsync(web, options.Port, cancellation);
            metrics = await SideListener.StartAsync(
                "metrics", options.MetricsListenAddress, options.MetricsPort, new MetricsEndpoint(parts.Instruments).AnswerAsync, loggers, cancellation);
            debugging = await SideListener.StartAsync(
                "debug", IPAddress.Loopback, options.DebugPort, new DebugEndpoints(parts.Snapshots, parts.Picks).AnswerAsync, loggers, cancellation);
        }
        catch
        {
            parts.Dispose();
            await web.DisposeAsync();
            await DisposeAsync(metrics);
            throw;
        }
        return new RouterHost(options, time, web, metrics, debugging, parts, logger);
    }

    /// <summary>Waits until requests are routed by another table than the one known.</summary>
    /// <param name="knownVersion">The version known; 0 waits for the first table.</param>
    /// <returns>The version that is in force.</returns>
    public Task<long> WaitForAnotherTableAsync(long knownVersion) => _parts.Snapshots.WaitForAnotherAsync(knownVersion);

    /// <summary>
    /// Asks the grains anew for what they tell over time. A client calls it when silos went or came: a call to a silo that died
    /// is not answered, and nothing says so.
    /// </summary>
    public void Renew()
    {
        _parts.Snapshots.Renew();
        _parts.Loads.Renew();
    }

    /// <summary>
    /// Stops: says that it is not ready, goes on for <see cref="RouterOptions.DrainNotice"/>, takes no more connections, lets requests
    /// in flight end within <see cref="RouterOptions.DrainTimeout"/>, and writes the rest of the log, for 5 s at most.
    /// </summary>
    /// <param name="cancellation">Cuts the notice short, and what is still in flight.</param>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        _parts.Readiness.Leave();
        await Task.Delay(_options.DrainNotice, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using (var bound = new CancellationTokenSource(_options.DrainTimeout, _time))
        using (var cut = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellation))
            await _web.StopAsync(cut.Token);
        await _stopping.CancelAsync();
        await _loops;
        _parts.AccessLog.Complete();
        // An output that takes nothing, as a pipe that nobody reads, does not keep the router from stopping.
        await Task.WhenAny(_logging, Task.Delay(LogPatience, _time, CancellationToken.None));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await StopAsync(new CancellationToken(canceled: true));
        await _web.DisposeAsync();
        await DisposeAsync(_metrics);
        await DisposeAsync(_debugging);
        _parts.Dispose();
        _traces?.Dispose();
        _stopping.Dispose();
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogSetting(ILogger logger, string warning);

    /// <summary>A loop that breaks takes nothing with it, neither the others nor the way to stop, and does not go unnoticed.</summary>
    private async Task RunAsync(Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_stopping.Token);
        }
        catch (Exception fault)
        {
            LogLoopBroke(_logger, fault, loop.Target?.GetType().Name);
        }
    }

    [LoggerMessage(EventId = 2, Level = LogLevel.Critical, Message = "{Loop} broke, and what it keeps up to date grows old: restart the router.")]
    private static partial void LogLoopBroke(ILogger logger, Exception exception, string? loop);

    private static ValueTask DisposeAsync(SideListener? listener) => listener?.DisposeAsync() ?? ValueTask.CompletedTask;
}
