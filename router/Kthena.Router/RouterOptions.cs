using System.Collections.Immutable;
using System.Net;
using Kthena.Router.Accounting;
using Kthena.Router.Tracing;
using Kthena.Routing.Prompt;
using Kthena.Routing.Scheduling;

namespace Kthena.Router;

/// <summary>
/// The settings of a router. Every bad one is reported at once, by <see cref="Validate"/>; none is replaced silently. Durations are at
/// most 24 days long, but for <see cref="SnapshotAgeMax"/> and <see cref="CertificateCheckInterval"/>.
/// </summary>
public sealed record RouterOptions
{
    // No timer holds much more.
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(24);

    /// <summary>The address to listen on. Default: loopback.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on; 0 takes a free one. Default: 8080.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>The file of the certificate and its intermediates, PEM; null listens without TLS. Read again when it changes.</summary>
    public string? TlsCertificatePath { get; init; }

    /// <summary>The file of the certificate's key, PEM; given with <see cref="TlsCertificatePath"/> or not at all.</summary>
    public string? TlsKeyPath { get; init; }

    /// <summary>How often a handshake looks whether the certificate changed. From zero. Default: 10 s.</summary>
    public TimeSpan CertificateCheckInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many connections of clients at once; further ones are closed. At least 1; null is no bound. Default: null.</summary>
    public long? ConnectionsMax { get; init; }

    /// <summary>How many requests at once on an HTTP/2 connection. At least 1. Default: 1,000.</summary>
    public int StreamsPerConnectionMax { get; init; } = 1000;

    /// <summary>How long a router that stops says so by <c>/readyz</c> before it takes no more connections. From zero. Default: zero.</summary>
    public TimeSpan DrainNotice { get; init; } = TimeSpan.Zero;

    /// <summary>How long requests in flight may take to end when the router stops. More than zero. Default: 5 min.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Where the routing table is kept for a start without silos: a file that only this router writes, in a folder that is made when it
    /// is missing. Null keeps none.
    /// </summary>
    public string? SnapshotPath { get; init; }

    /// <summary>How long a router is ready on a routing table that no silo stands by. More than zero. Default: 1 h.</summary>
    public TimeSpan SnapshotAgeMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether engines are spoken to by HTTP/2 without TLS, many requests on one connection. Default: no, HTTP/1.1.</summary>
    public bool EnginesSpeakHttp2 { get; init; }

    /// <summary>The address that the metrics listen on. Default: loopback.</summary>
    public IPAddress MetricsListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The port of the metrics; 0 takes a free one, null listens nowhere. Default: 9090.</summary>
    public int? MetricsPort { get; init; } = 9090;

    /// <summary>The port of the debug endpoints, on loopback; 0 takes a free one, null listens nowhere. Default: 15000.</summary>
    public int? DebugPort { get; init; } = 15000;

    /// <summary>Whether <c>GET /metrics</c> is answered on <see cref="Port"/> too, where every client can reach it. Default: no.</summary>
    public bool ExposesMetricsOnRouterPort { get; init; }

    /// <summary>How long to wait for the prefix cache before a pick goes on without it. More than zero. Default: 3 ms.</summary>
    public TimeSpan PrefixLookupDeadline { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>The longest body, in bytes. At least 1 KiB, at most 1 GiB. Default: 64 MiB.</summary>
    public long BodyBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long a client may take to send its headers. More than zero. Default: 10 s.</summary>
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an engine may take to accept a connection. More than zero. Default: 3 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How many endpoints a request is tried on before its first byte is answered: 1 to 5. Default: 5, as upstream.</summary>
    public int AttemptsMax { get; init; } = SchedulingProfile.RankedMax;

    /// <summary>How long dispatches are gathered before the prefix cache hears of them. More than zero. Default: 5 ms.</summary>
    public TimeSpan RecordInterval { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How many dispatches are told of at once at most. At least 1. Default: 256.</summary>
    public int RecordBatchMax { get; init; } = 256;

    /// <summary>The most memory that this router's own records of one model server may use. At least 64 KiB. Default: 32 MiB.</summary>
    public long LocalPrefixBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>
    /// The most memory that the records of one model server may use that are kept to be told to a prefix cache that begins anew. At
    /// least 64 KiB. Default: 8 MiB, some ten thousand prompts of 4 KiB.
    /// </summary>
    public long RecentRecordsBytesMax { get; init; } = 8 * 1024 * 1024;

    /// <summary>How many picks are kept to be explained. At least 1. Default: 256.</summary>
    public int PicksKept { get; init; } = 256;

    /// <summary>
    /// How many bytes what was known of the endpoints of those picks may take; where it does not suffice, fewer are kept. At least 64 KiB.
    /// Default: 16 MiB.
    /// </summary>
    public long PicksBytesMax { get; init; } = PickLog.DefaultBytesMax;

    /// <summary>Whether <c>Authorization</c>, <c>Cookie</c> and <c>x-api-key</c> of clients reach engines. Default: no.</summary>
    public bool ForwardsClientCredentials { get; init; }

    /// <summary>Whether routes of several namespaces may serve one model name, as upstream has it. Default: no.</summary>
    public bool SharesNamesAcrossNamespaces { get; init; }

    /// <summary>
    /// Upstream's <c>routerConfiguration.yaml</c>; read again when it changes. It decides instead of <see cref="Profile"/> and
    /// <see cref="PromptHash"/>. Null for no file.
    /// </summary>
    public string? SchedulerFilePath { get; init; }

    /// <summary>How often to look whether the scheduler file changed. More than zero. Default: 10 s.</summary>
    public TimeSpan SchedulerFileCheckInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How prompts are hashed; the same for all routers of a cluster.</summary>
    public PromptHashOptions PromptHash { get; init; } = PromptHashOptions.WholePrompt;

    /// <summary>How endpoints are picked.</summary>
    public SchedulingProfile Profile { get; init; } = SchedulingProfile.Default;

    /// <summary>What chance begins with; null begins anywhere.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Where traces go; null traces nothing. Default: null.</summary>
    public TraceOptions? Traces { get; init; }

    /// <summary>Where the access log goes, a line per request; null writes none. The router does not close it. Default: standard output.</summary>
    public TextWriter? AccessLog { get; init; } = Console.Out;

    /// <summary>How a line of the access log looks. Default: text.</summary>
    public AccessLogFormat AccessLogFormat { get; init; } = AccessLogFormat.Text;

    /// <summary>What the router says of its settings when it starts, a sentence each: what was set and has no effect.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    private IEnumerable<(string Name, TimeSpan Duration)> Timers() =>
    [
        (nameof(DrainNotice), DrainNotice), (nameof(DrainTimeout), DrainTimeout), (nameof(PrefixLookupDeadline), PrefixLookupDeadline),
        (nameof(RequestHeadersTimeout), RequestHeadersTimeout), (nameof(ConnectTimeout), ConnectTimeout), (nameof(RecordInterval), RecordInterval),
        (nameof(SchedulerFileCheckInterval), SchedulerFileCheckInterval),
    ];

    /// <summary>What is wrong with the settings, a sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Check(Port is >= 0 and <= 65535, $"Port must be 0 to 65535, not {Port}.");
        Check(MetricsPort is null or (>= 0 and <= 65535), $"MetricsPort must be 0 to 65535, not {MetricsPort}.");
        Check(MetricsPort is null or 0 || MetricsPort != Port, $"MetricsPort and Port are both {Port}.");
        Check(DebugPort is null or (>= 0 and <= 65535), $"DebugPort must be 0 to 65535, not {DebugPort}.");
        Check(DebugPort is null or 0 || DebugPort != Port, $"DebugPort and Port are both {Port}.");
        Check(DebugPort is null or 0 || DebugPort != MetricsPort, $"DebugPort and MetricsPort are both {DebugPort}.");
        Check((TlsCertificatePath is null) == (TlsKeyPath is null), "TlsCertificatePath and TlsKeyPath are given both or not at all.");
        Check(CertificateCheckInterval >= TimeSpan.Zero, $"CertificateCheckInterval must not be negative, not {CertificateCheckInterval}.");
        Check(ConnectionsMax is null or >= 1, $"ConnectionsMax must be at least 1, not {ConnectionsMax}.");
        Check(StreamsPerConnectionMax >= 1, $"StreamsPerConnectionMax must be at least 1, not {StreamsPerConnectionMax}.");
        Check(DrainNotice >= TimeSpan.Zero, $"DrainNotice must not be negative, not {DrainNotice}.");
        Check(DrainTimeout > TimeSpan.Zero, $"DrainTimeout must be more than zero, not {DrainTimeout}.");
        Check(SnapshotAgeMax > TimeSpan.Zero, $"SnapshotAgeMax must be more than zero, not {SnapshotAgeMax}.");
        Check(SnapshotPath is not "", "SnapshotPath must name a file.");
        Check(PrefixLookupDeadline > TimeSpan.Zero, $"PrefixLookupDeadline must be more than zero, not {PrefixLookupDeadline}.");
        Check(BodyBytesMax is >= 1024 and <= 1 << 30, $"BodyBytesMax must be 1 KiB to 1 GiB, not {BodyBytesMax}.");
        Check(RequestHeadersTimeout > TimeSpan.Zero, $"RequestHeadersTimeout must be more than zero, not {RequestHeadersTimeout}.");
        Check(ConnectTimeout > TimeSpan.Zero, $"ConnectTimeout must be more than zero, not {ConnectTimeout}.");
        Check(AttemptsMax is >= 1 and <= SchedulingProfile.RankedMax, $"AttemptsMax must be 1 to {SchedulingProfile.RankedMax}, not {AttemptsMax}.");
        Check(RecordInterval > TimeSpan.Zero, $"RecordInterval must be more than zero, not {RecordInterval}.");
        Check(RecordBatchMax >= 1, $"RecordBatchMax must be at least 1, not {RecordBatchMax}.");
        Check(LocalPrefixBytesMax >= 64 * 1024, $"LocalPrefixBytesMax must be at least 64 KiB, not {LocalPrefixBytesMax}.");
        Check(SchedulerFileCheckInterval > TimeSpan.Zero, $"SchedulerFileCheckInterval must be more than zero, not {SchedulerFileCheckInterval}.");
        Check(RecentRecordsBytesMax >= 64 * 1024, $"RecentRecordsBytesMax must be at least 64 KiB, not {RecentRecordsBytesMax}.");
        Check(Traces is null || Traces.Endpoint is { IsAbsoluteUri: true, Scheme: "http" or "https" }, $"Traces.Endpoint must be an http or https address, not {Traces?.Endpoint}.");
        Check(Traces is null or { SampledShare: >= 0 and <= 1 }, $"Traces.SampledShare must be 0 to 1, not {Traces?.SampledShare}.");
        Check(PicksKept >= 1, $"PicksKept must be at least 1, not {PicksKept}.");
        Check(PicksBytesMax >= 64 * 1024, $"PicksBytesMax must be at least 64 KiB, not {PicksBytesMax}.");
        foreach ((string name, TimeSpan duration) in Timers())
            Check(duration <= TimerMax, $"{name} must be at most {TimerMax.Days} days, not {duration}.");
        return faults;

        void Check(bool holds, string fault)
        {
            if (!holds)
                faults.Add(fault);
        }
    }
}
