using System.Buffers;
using System.Diagnostics;
using Kthena.Router.Forwarding;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Tables;
using Kthena.Routing.Accounting;
using Kthena.Routing.Admission;
using Kthena.Routing.Body;
using Kthena.Routing.Matching;
using Kthena.Routing.Prompt;
using Kthena.Routing.Scheduling;
using Kthena.Routing.Scheduling.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.ObjectPool;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Gateway;

/// <summary>What the stages learn of one request. Used again for the next: <see cref="Begin"/> and <see cref="End"/> bracket its use.</summary>
internal sealed class RoutedRequest(BodyBuffers buffers)
{
    // Room for all endpoints, of which a pick needs one and a request that streams for minutes none.
    private static readonly DefaultObjectPool<PickScratch> Scratches = new(new DefaultPooledObjectPolicy<PickScratch>());

    private byte[]? _buffer;
    private byte[]? _chainBuffer;
    private PickScratch? _scratch;
    private volatile bool _isPrefilling;

    public HttpContext Http { get; private set; } = null!;

    public LiveTable Table { get; private set; } = LiveTable.Empty;

    public string RequestId { get; private set; } = "";

    public long ReceivedAt { get; private set; }

    public DateTimeOffset Timestamp { get; private set; }

    /// <summary>The request's span; null while nobody wants traces.</summary>
    public Activity? Span { get; set; }

    /// <summary>Decides whatever is left to chance in this request.</summary>
    public ulong Seed { get; set; }

    /// <summary>Whether it only asks which models there are: it has no body, and metrics do not count it.</summary>
    public bool IsListing { get; set; }

    // read
    public int BodyLength { get; set; }

    public RequestBody Body { get; } = new();

    public string Model { get; set; } = "";

    public long ReadAt { get; set; }

    /// <summary>The model in metrics: known to a route, or <c>unknown</c>.</summary>
    public string ModelLabel { get; set; } = "";

    /// <summary>Where the request is counted while it lasts; null until its model is known.</summary>
    public Gauge? DownstreamGauge { get; set; }

    // match
    public RouteMatch Route { get; set; }

    public LiveServer? Server { get; set; }

    // admit
    /// <summary>The limits that it was let in by; null when there are none.</summary>
    public RouteLimits? Limits { get; set; }

    /// <summary>The tokens that it paid with.</summary>
    public long AdmittedTokens { get; set; }

    // pick
    /// <summary>What the request is scheduled by, from its pick to its end.</summary>
    public SchedulerSettings Scheduling { get; set; } = SchedulerSettings.Default;

    public BlockChain Chain { get; private set; }

    /// <summary>Whether <see cref="Chain"/> is what the prompt gave.</summary>
    public bool HasChain => _chainBuffer is not null;

    /// <summary>Whether a call that nobody waits for any more may still be reading the chain.</summary>
    public bool IsChainLent { get; set; }

    /// <summary>Where picks work, with what the last one left there. Only until <see cref="EndPicking"/>.</summary>
    public PickScratch Scratch => _scratch ??= Scratches.Get();

    public int[] Matched { get; set; } = [];

    public int[] Ranked { get; } = new int[SchedulingProfile.RankedMax];

    public int RankedCount { get; set; }

    /// <summary>For each ranked endpoint, how much of the prompt it must compute.</summary>
    public long[] RankedBytes { get; } = new long[SchedulingProfile.RankedMax];

    /// <summary>The endpoints that prefill for the one that is to decode, best first.</summary>
    public int[] RankedPrefill { get; } = new int[SchedulingProfile.RankedMax];

    /// <summary>For each of those, how much of the prompt it must compute.</summary>
    public long[] RankedPrefillBytes { get; } = new long[SchedulingProfile.RankedMax];

    // forward
    public AttemptLoad Load { get; } = new();

    public AttemptLoad PrefillLoad { get; } = new();

    public EndpointState? Endpoint { get; set; }

    public int Attempts { get; set; }

    public int UpstreamStatus { get; set; }

    public long ForwardedAt { get; set; }

    public long RelayedAt { get; set; }

    /// <summary>What broke the exchange after its headers, or because the client left.</summary>
    public ForwarderError RelayError { get; set; }

    /// <summary>The model's name at the engine as the inside of a JSON string; empty keeps the client's.</summary>
    public ReadOnlyMemory<byte> EngineModel => Route.IsAdapter ? default : Route.Server!.EncodedModel;

    /// <summary>Whether a stream of this path tells its usage only when it is asked to.</summary>
    public bool AsksUsage { get; set; }

    /// <summary>Whether the router asked for usage that the client did not ask for.</summary>
    public bool HidesUsage { get; set; }

    public UsageTail? UsageTail { get; set; }

    public SseUsage? SseUsage { get; set; }

    /// <summary>Whether an attempt may still be reading the buffer, so that nobody else may have it.</summary>
    public bool IsBufferLent { get; set; }

    /// <summary>Whether an engine that prefills beside the one that answers may be reading the buffer.</summary>
    public bool IsPrefilling
    {
        get => _isPrefilling;
        set => _isPrefilling = value;
    }

    public ReadOnlyMemory<byte> BodyBytes => _buffer.AsMemory(0, BodyLength);

    public void Begin(HttpContext http, LiveTable table, string requestId, long receivedAt, DateTimeOffset timestamp, ulong seed)
    {
        (Http, Table, RequestId, ReceivedAt, Timestamp, Seed) = (http, table, requestId, receivedAt, timestamp, seed);
        Model = "";
        BodyLength = RankedCount = Attempts = UpstreamStatus = 0;
        ReadAt = ForwardedAt = RelayedAt = 0;
        Route = default;
        Chain = default;
        (Server, Endpoint, UsageTail, SseUsage, DownstreamGauge, Limits) = (null, null, null, null, null, null);
        ModelLabel = RouterInstruments.UnknownModel;
        RelayError = ForwarderError.None;
        IsListing = AsksUsage = HidesUsage = IsBufferLent = IsChainLent = IsPrefilling = false;
    }

    public void End()
    {
        EndAttempts();
        (Http, Table, Server, Endpoint, UsageTail, SseUsage, Limits) = (null!, LiveTable.Empty, null, null, null, null, null);
        Span = null;
        Route = default;
        Chain = default;
    }

    /// <summary>
    /// Gives back what only another attempt would need, once there can be none: a stream lasts for minutes, and thousands of long
    /// prompts that nobody reads any more would be the router's memory. Called by whoever relays the answer, between two reads.
    /// </summary>
    /// <param name="content">The body on its way to the engine that answers.</param>
    /// <returns>Whether it was given back; while the client has nothing, or an engine still reads the body, it is not.</returns>
    public bool TryEndAttempts(EngineRequestContent content)
    {
        if (!Http.Response.HasStarted || IsPrefilling || !content.TryEnd())
            return false;
        EndAttempts();
        return true;
    }

    /// <summary>Nobody picks for this request any more.</summary>
    public void EndPicking()
    {
        if (_scratch is { } scratch)
            Scratches.Return(scratch);
        _scratch = null;
    }

    /// <summary>Takes the prompt's chain and the pooled buffer that it lies in.</summary>
    public void TakeChain(BlockChain chain, byte[] buffer) => (Chain, _chainBuffer) = (chain, buffer);

    /// <summary>The body's buffer, at least so long; what was read stays.</summary>
    public Memory<byte> Buffer(int length)
    {
        if (_buffer is null || _buffer.Length < length)
        {
            byte[] larger = buffers.Rent(length);
            if (_buffer is not null)
            {
                _buffer.AsSpan(0, BodyLength).CopyTo(larger);
                buffers.Return(_buffer);
            }
            _buffer = larger;
        }
        return _buffer;
    }

    private void EndAttempts()
    {
        if (_buffer is not null && IsBufferLent)
            buffers.Abandon(_buffer);
        else if (_buffer is not null)
            buffers.Return(_buffer);
        if (_chainBuffer is not null && !IsChainLent)
            ArrayPool<byte>.Shared.Return(_chainBuffer);
        _buffer = _chainBuffer = null;
        // How long the prompt was is accounted for at the end.
        Chain = Chain with { Bytes = default };
        EndPicking();
    }
}
