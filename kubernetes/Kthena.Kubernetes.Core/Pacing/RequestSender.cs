using System.Runtime.CompilerServices;
using Kthena.Model;

namespace Kthena.Kubernetes.Core;

/// <summary>
/// Sends requests at their pace. A request that the server refused unread (429; a read also on 503 with <c>Retry-After</c>) is
/// sent again: after the time that the server asks for and a little more, else after a growing pause; as long as that ends
/// within the call's own deadline. What the server asks for holds back every other write too.
/// </summary>
internal sealed class RequestSender : IDisposable
{
    /// <summary>No server is obeyed longer than this: a header may be nonsense.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(5);
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5));

    /// <summary>By how much of the asked time callers are spread, so that they do not all come back together.</summary>
    private const double Spread = 0.1;

    private readonly IKubernetesTransport _transport;
    private readonly TimeProvider _time;
    private readonly TimeSpan _callTimeout;
    private readonly RequestPace _pace;
    private readonly Lock _chanceGate = new();
    private readonly Random? _chance;

    /// <summary>Creates a sender over a transport, which stays the caller's.</summary>
    /// <param name="transport">What carries the requests.</param>
    /// <param name="time">Measures the deadlines.</param>
    /// <param name="options">The settings.</param>
    public RequestSender(IKubernetesTransport transport, TimeProvider time, KubernetesClientOptions options)
    {
        options.Validate();
        _transport = transport;
        _time = time;
        _callTimeout = options.CallTimeout;
        _chance = options.Chance;
        _pace = new RequestPace(time, options.WritesMax, options.RequestsPerSecond > 0
            ? new TokenBucket(options.RequestsPerSecond, options.BurstOrDefault)
            : null);
    }

    /// <summary>What was sent and what became of it.</summary>
    public ClientStatistics Statistics { get; } = new();

    /// <summary>What waits and what is under way.</summary>
    public ClientLoad Load
    {
        get
        {
            (int requests, int lanes) = _pace.Waiting;
            return new ClientLoad(_pace.WritesInFlight, requests, lanes, _pace.HeldFor);
        }
    }

    /// <summary>Sends a request and returns the body of a good answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="lane">On whose behalf.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<RawJson> SendAsync(KubernetesRequest request, string lane, CancellationToken cancellation)
    {
        RequestUrgency urgency = RequestUrgencies.Of(request);
        if (urgency > RequestUrgency.Lease && _pace.HeldFor is var held && held > _callTimeout)
        {
            Statistics.Withheld();
            throw KubernetesApiException.HeldBack(request, held);
        }
        // Waiting for a turn is not part of the call: a burst of writes must not time out for being a burst.
        Statistics.Waited(await _pace.EnterAsync(urgency, lane, cancellation));
        try
        {
            return await InsistAsync(request, cancellation);
        }
        finally
        {
            if (urgency != RequestUrgency.Read)
                _pace.LeaveWrite();
        }
    }

    /// <summary>Opens a watch.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(
        KubernetesRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Statistics.Waited(await _pace.EnterAsync(RequestUrgency.Read, "", cancellation));
        await foreach (ReadOnlyMemory<byte> line in _transport.WatchAsync(request, cancellation))
            yield return line;
    }

    /// <inheritdoc/>
    public void Dispose() => _pace.Dispose();

    private async Task<RawJson> InsistAsync(KubernetesRequest request, CancellationToken cancellation)
    {
        long start = _time.GetTimestamp();
        for (int refusals = 1; ; refusals++)
        {
            KubernetesResponse response = await CallAsync(request, cancellation);
            if (response.IsSuccess)
                return new RawJson(response.Body);
            var error = KubernetesApiException.From(request, response);
            bool isRefused = error.IsTooManyRequests || (response.StatusCode == 503 && !request.IsWrite && error.RetryAfter is not null);
            if (!isRefused)
                throw error;
            if (request.IsWrite && error.RetryAfter is { } asked)
                _pace.Hold(asked < LongestHold ? asked : LongestHold);
            TimeSpan pause = PauseAfter(refusals, error.RetryAfter);
            if (_time.GetElapsedTime(start) + pause > _callTimeout)
                throw error;
            Statistics.SentAgain();
            await Task.Delay(pause, _time, cancellation);
            await _pace.AgainAsync(cancellation);
        }
    }

    private TimeSpan PauseAfter(int refusals, TimeSpan? asked)
    {
        lock (_chanceGate)
        {
            return asked is { } span
                ? span + (span * (Spread * (_chance?.NextDouble() ?? 0)))
                : Pauses.Delay(refusals, _chance);
        }
    }

    private async Task<KubernetesResponse> CallAsync(KubernetesRequest request, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_callTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            KubernetesResponse response = await _transport.SendAsync(request, linked.Token);
            Statistics.Answered(request.Method, response.StatusCode);
            return response;
        }
        catch (OperationCanceledException error) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            Statistics.Answered(request.Method, 0);
            throw new KubernetesUnreachableException($"{request}: no answer within {_callTimeout.TotalSeconds:0.#} s.", error);
        }
        catch (KubernetesUnreachableException)
        {
            Statistics.Answered(request.Method, 0);
            throw;
        }
    }
}
