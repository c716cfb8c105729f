using Kthena.Contracts.Routing;
using Kthena.Router.Accounting;
using Kthena.Router.Forwarding;
using Kthena.Router.Gateway;
using Kthena.Router.Listening;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Scheduling;
using Kthena.Router.Tables;
using Kthena.Routing.Scheduling;
using Microsoft.Extensions.Logging;
using Orleans;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router;

/// <summary>Everything of a router but its listeners: the stages of a request, what they share, and the loops that keep it up to date.</summary>
internal sealed class RouterParts : IDisposable
{
    public RouterParts(
        IGrainFactory grains, RouterOptions options, SchedulerSource scheduler, IHttpForwarder forwarder, ILoggerFactory loggers, TimeProvider time)
    {
        AccessLog = new AccessLogWriter(options.AccessLog, options.AccessLogFormat, loggers.CreateLogger<AccessLogWriter>());
        Picks = new PickLog(options.PicksKept, options.PicksBytesMax);
        Engines = EngineConnections.Open(options);
        Snapshots = new SnapshotFollower(grains, options, time, loggers.CreateLogger<SnapshotFollower>());
        var keeper = new SnapshotKeeper(Snapshots, options.SnapshotPath, time, loggers.CreateLogger<SnapshotKeeper>());
        keeper.Restore();
        var recorder = new DispatchRecorder(options, time, loggers.CreateLogger<DispatchRecorder>());
        Instruments.Add([
            .. ProcessMetrics.Families(), .. PrefixMetrics.Families(Snapshots), .. LossMetrics.Families(AccessLog, recorder),
            .. SchedulerMetrics.Families(scheduler), .. TableMetrics.Families(Snapshots)]);
        var picker = new EndpointPicker(options, scheduler, Picks, Instruments, time);
        Instruments.Add(LookupMetrics.Families(picker));
        var attempts = new EngineAttempts(options, recorder, Instruments, time);
        var exchange = new EngineExchange(forwarder, Engines, options, attempts);
        var pairs = new PairForwarder(
            picker, exchange, new PrefillExchange(Engines, options, attempts, Instruments, time), options, Instruments, time,
            loggers.CreateLogger<PairForwarder>());
        var admission = new AdmitStage(Instruments, time);
        Pipeline = new GatewayPipeline(
            Snapshots,
            Readiness,
            new RequestReader(options.BodyBytesMax),
            admission,
            picker,
            new EngineForwarder(exchange, pairs, options, time, loggers.CreateLogger<EngineForwarder>()),
            new AccountStage(AccessLog, admission, Instruments, time),
            Bodies,
            Instruments,
            options,
            time,
            options.Seed ?? BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()),
            loggers.CreateLogger<GatewayPipeline>());
        // Another life of this router is another router.
        string name = Guid.NewGuid().ToString("N");
        Loads = new LoadFollower(
            () => grains.GetGrain<IEndpointLoadsGrain>(IEndpointLoadsGrain.Key), () => Snapshots.Table, name, time, loggers.CreateLogger<LoadFollower>());
        Loops =
        [
            Snapshots.RunAsync,
            keeper.RunAsync,
            scheduler.RunAsync,
            recorder.RunAsync,
            new PrefixResync(Snapshots, options, time, loggers.CreateLogger<PrefixResync>()).RunAsync,
            Loads.RunAsync,
            new InFlightReporter(grains, Snapshots, name, time, loggers.CreateLogger<InFlightReporter>()).RunAsync,
        ];
    }

    public Readiness Readiness { get; } = new();

    public RouterInstruments Instruments { get; } = new();

    public AccessLogWriter AccessLog { get; }

    public PickLog Picks { get; }

    public SnapshotFollower Snapshots { get; }

    public LoadFollower Loads { get; }

    public HttpMessageInvoker Engines { get; }

    public BodyBuffers Bodies { get; } = new();

    public GatewayPipeline Pipeline { get; }

    /// <summary>What runs until the router stops.</summary>
    public IReadOnlyList<Func<CancellationToken, Task>> Loops { get; }

    public void Dispose() => Engines.Dispose();
}
