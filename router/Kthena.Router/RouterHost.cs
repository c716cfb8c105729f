using System.Net;
using Kthena.Model.Routing;
using Kthena.Router.Accounting;
using Kthena.Router.Debugging;
using Kthena.Router.Forwarding;
using Kthena.Router.Gateway;
using Kthena.Router.Listening;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Scheduling;
using Kthena.Router.Tables;
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
public sealed class RouterHost : IAsyncDisposable
{
    private readonly RouterOptions _options;
    private readonly TimeProvider _time;
    private readonly Readiness _readiness;
    private readonly WebApplication _web;
    private readonly HttpMessageInvoker _engines;
    private readonly AccessLogWriter _accessLog;
    private readonly SideListener? _metrics;
    private readonly SideListener? _debugging;
    private readonly SnapshotFollower _snapshots;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loops;
    private readonly Task _logging;
    private int _isDisposed;

    private RouterHost(
        RouterOptions options,
        TimeProvider time,
        Readiness readiness,
        WebApplication web,
        SideListener? metrics,
        SideListener? debugging,
        HttpMessageInvoker engines,
        AccessLogWriter accessLog,
        PickLog picks,
        SnapshotFollower snapshots,
        IEnumerable<Func<CancellationToken, Task>> loops)
    {
        (_options, _time, _readiness) = (options, time, readiness);
        (_web, _metrics, _debugging, _engines, _accessLog, Picks, _snapshots) = (web, metrics, debugging, engines, accessLog, picks, snapshots);
        _loops = Task.WhenAll(loops.Select(loop => loop(_stopping.Token)));
        _logging = accessLog.RunAsync();
        Address = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080/</c>.</summary>
    public Uri Address { get; }

    /// <summary>Where the metrics are, such as <c>http://127.0.0.1:9090/</c>; null when they have no listener.</summary>
    public Uri? MetricsAddress => _metrics?.Address;

    /// <summary>Where the debug endpoints are, such as <c>http://127.0.0.1:15000/</c>; null when they have no listener.</summary>
    public Uri? DebugAddress => _debugging?.Address;

    /// <summary>What requests are routed by now; its version is 0 before the first routing table.</summary>
    public RoutingSnapshot Snapshot => _snapshots.Table.Routes.Snapshot;

    /// <summary>The last picks, to be explained.</summary>
    public PickLog Picks { get; }

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
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        CertificateFiles? certificate = options.TlsCertificatePath is { } path
            ? new CertificateFiles(path, options.TlsKeyPath!, options.CertificateCheckInterval, time, loggers.CreateLogger<CertificateFiles>())
            : null;
        WebApplication web = GatewayListener.Build(options, certificate, loggers, time);
        var readiness = new Readiness();
        var accessLog = new AccessLogWriter(options.AccessLog, options.AccessLogFormat);
        var instruments = new RouterInstruments();
        var picks = new PickLog(options.PicksKept);
        var snapshots = new SnapshotFollower(grains, options, time, loggers.CreateLogger<SnapshotFollower>());
        var recorder = new DispatchRecorder(options, time, loggers.CreateLogger<DispatchRecorder>());
        instruments.Add([
            .. ProcessMetrics.Families(), .. PrefixMetrics.Families(snapshots), .. LossMetrics.Families(accessLog, recorder),
            .. SchedulerMetrics.Families(scheduler)]);
        HttpMessageInvoker engines = EngineConnections.Open(options);
        var pipeline = new GatewayPipeline(
            snapshots,
            readiness,
            new RequestReader(options.BodyBytesMax),
            new EndpointPicker(options, scheduler, recorder, picks, instruments, time),
            new EngineForwarder(
                web.Services.GetRequiredService<IHttpForwarder>(), engines, options, recorder, instruments, time, loggers.CreateLogger<EngineForwarder>()),
            new AccountStage(accessLog, instruments, time),
            instruments,
            options.ExposesMetricsOnRouterPort,
            time,
            options.Seed ?? BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()),
            loggers.CreateLogger<GatewayPipeline>());
        web.Run(pipeline.InvokeAsync);
        SideListener? metrics = null;
        SideListener? debugging = null;
        try
        {
            await GatewayListener.StartAsync(web, options.Port, cancellation);
            metrics = await SideListener.StartAsync(
                "metrics", options.MetricsListenAddress, options.MetricsPort, new MetricsEndpoint(instruments).AnswerAsync, loggers, cancellation);
            debugging = await SideListener.StartAsync(
                "debug", IPAddress.Loopback, options.DebugPort, new DebugEndpoints(snapshots, picks).AnswerAsync, loggers, cancellation);
        }
        catch
        {
            engines.Dispose();
            await web.DisposeAsync();
            await DisposeAsync(metrics);
            throw;
        }
        string name = Guid.NewGuid().ToString("N");
        var loads = new LoadFollower(grains, snapshots, name, time, loggers.CreateLogger<LoadFollower>());
        var inFlight = new InFlightReporter(grains, snapshots, name, time, loggers.CreateLogger<InFlightReporter>());
        Func<CancellationToken, Task>[] loops = [snapshots.RunAsync, scheduler.RunAsync, recorder.RunAsync, loads.RunAsync, inFlight.RunAsync];
        return new RouterHost(options, time, readiness, web, metrics, debugging, engines, accessLog, picks, snapshots, loops);
    }

    /// <summary>Waits until requests are routed by another table than the one known.</summary>
    /// <param name="knownVersion">The version known; 0 waits for the first table.</param>
    /// <returns>The version that is in force.</returns>
    public Task<long> WaitForAnotherTableAsync(long knownVersion) => _snapshots.WaitForAnotherAsync(knownVersion);

    /// <summary>
    /// Stops: says that it is not ready, goes on for <see cref="RouterOptions.DrainNotice"/>, takes no more connections, lets requests
    /// in flight end within <see cref="RouterOptions.DrainTimeout"/>, and writes the rest of the log.
    /// </summary>
    /// <param name="cancellation">Cuts the notice short, and what is still in flight.</param>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        _readiness.Leave();
        await Task.Delay(_options.DrainNotice, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using (var bound = new CancellationTokenSource(_options.DrainTimeout, _time))
        using (var cut = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellation))
            await _web.StopAsync(cut.Token);
        await _stopping.CancelAsync();
        await _loops;
        _accessLog.Complete();
        await _logging;
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
        _engines.Dispose();
        _stopping.Dispose();
    }

    private static ValueTask DisposeAsync(SideListener? listener) => listener?.DisposeAsync() ?? ValueTask.CompletedTask;
}
