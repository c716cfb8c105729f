using Kthena.Model.Routing;
using Kthena.Router.Gateway;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Tables;
using Kthena.Routing;
using Kthena.Routing.Body;
using Kthena.Routing.Matching;
using Kthena.Routing.Phases;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Forwarding;

/// <summary>
/// The fourth stage where prefill and decode are for different pods: asks one to prefill, then another of its group to decode, whose
/// answer is the client's. A prefill endpoint that fails gives way to another of the group, a decode endpoint to the next best, and so
/// does one that is unavailable (502, 503, 504) while there is another; what else an engine answers is the client's, whichever it comes from.
/// </summary>
internal sealed partial class PairForwarder(
    EndpointPicker picker, EngineExchange decodes, PrefillExchange prefills, RouterOptions options, RouterInstruments instruments, TimeProvider time,
    ILogger<PairForwarder> logger)
{
    /// <summary>Who else could be asked after a pair.</summary>
    /// <param name="Prefill">Whether another could prefill.</param>
    /// <param name="Decode">Whether another could decode.</param>
    private readonly record struct Others(bool Prefill, bool Decode);

    private enum Ending
    {
        /// <summary>The client has its answer, or has left.</summary>
        Over,
        PrefillFailed,
        DecodeFailed,
    }

    public async ValueTask<RouteError?> ForwardAsync(RoutedRequest request)
    {
        LiveServer server = request.Server!;
        var failed = new HashSet<int>();
        string? emptiedBy = null;
        for (int rank = 0; rank < request.RankedCount && request.Attempts < options.AttemptsMax; rank++)
        {
            int decode = request.Ranked[rank];
            int partners = picker.RankPrefill(request, decode, ref emptiedBy);
            for (int place = 0; place < partners && request.Attempts < options.AttemptsMax; place++)
            {
                int prefill = request.RankedPrefill[place];
                if (failed.Contains(prefill))
                    continue;
                Others others = OthersThan(request, rank, prefill, request.RankedPrefill.AsSpan(place + 1, partners - place - 1), failed);
                Ending ending = await TryAsync(request, server.Endpoints[prefill], request.RankedPrefillBytes[place], server.Endpoints[decode], others);
                if (ending == Ending.Over)
                    return null;
                request.Http.Response.Clear();
                if (ending == Ending.DecodeFailed)
                    break;
                failed.Add(prefill);
            }
        }
        return request.Attempts == 0
            ? EndpointPicker.NobodyFits(emptiedBy)
            : new RouteError(
                StatusCodes.Status500InternalServerError, "proxy", RouteError.PairsFailed, "all prefill/decode attempts failed");
    }

    /// <summary>Who is left, so that the last one's answer is the client's.</summary>
    private Others OthersThan(RoutedRequest request, int rank, int prefill, ReadOnlySpan<int> nextPrefills, HashSet<int> failed)
    {
        if (request.Attempts + 1 >= options.AttemptsMax)
            return default;
        (bool prefills, bool decodes) = (false, false);
        foreach (int next in nextPrefills)
            prefills |= !failed.Contains(next);
        for (int later = rank + 1; later < request.RankedCount; later++)
        {
            foreach (int next in request.Server!.Compiled.Pairs!.PrefillFor(request.Ranked[later]))
            {
                decodes |= !failed.Contains(next);
                prefills |= next != prefill && !failed.Contains(next);
            }
        }
        return new Others(prefills, decodes);
    }

    private async Task<Ending> TryAsync(RoutedRequest request, EndpointState prefill, long prefillBytes, EndpointState decode, Others others)
    {
        request.Attempts++;
        CompiledServer server = request.Server!.Compiled;
        // One bound for both phases: a client waits for the headers of the second.
        using CancellationTokenSource headers = server.View.Spec.Timeout is { } timeout ? new CancellationTokenSource(timeout, time) : new CancellationTokenSource();
        KvMeeting meeting = MeetingOf(request, prefill);
        BodyEdits edits = PhaseEdits.Prefill(
            request.BodyBytes.Span, request.Body, request.EngineModel, request.Http.Request.Path.Value ?? "", server.Handover, meeting);
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted);
        Task<PrefillAnswer> asked = prefills.AskAsync(request, prefill, edits, prefillBytes, headers.Token, abandoned.Token);
        if (server.Handover == KvHandover.Bootstrap)
            return await BesideAsync(request, asked, abandoned, prefill, decode, meeting, headers, others);
        PrefillAnswer answer = await asked;
        request.IsBufferLent |= answer.IsBufferLent;
        if (!answer.IsSuccess)
            return await WithoutPrefillAsync(request, prefill, answer, others.Prefill);
        ReadOnlyMemory<byte> parameters = TransferParams(request, server.Handover, prefill, answer.Body);
        return Judge(request, decode, await DecodeAsync(request, decode, parameters, meeting, headers, others.Decode));
    }

    /// <summary>Decode is asked while prefill works. A prefill that fails leaves decode waiting for what never comes, so it ends that too.</summary>
    private async Task<Ending> BesideAsync(
        RoutedRequest request, Task<PrefillAnswer> asked, CancellationTokenSource abandoned, EndpointState prefill, EndpointState decode,
        KvMeeting meeting, CancellationTokenSource headers, Others others)
    {
        Task<RelayResult> relayed = DecodeAsync(request, decode, default, meeting, headers, others.Decode);
        try
        {
            bool isCut = await Task.WhenAny(asked, relayed) == asked && !(await asked).IsSuccess;
            if (isCut)
                await headers.CancelAsync();
            RelayResult result = await relayed;
            await abandoned.CancelAsync();
            PrefillAnswer answer = await asked;
            request.IsBufferLent |= answer.IsBufferLent;
            if (!isCut || result.IsAnswered)
                return Judge(request, decode, result);
            if (request.Http.Response.HasStarted)
            {
                // The engines broke the answer off, not the client.
                request.RelayError = ForwarderError.ResponseBodyDestination;
                return Ending.Over;
            }
            request.Http.Response.Clear();
            return await WithoutPrefillAsync(request, prefill, answer, others.Prefill);
        }
        finally
        {
            // Both read the request's buffer, which is somebody else's soon: neither outlives this, whatever broke.
            await abandoned.CancelAsync();
            await headers.CancelAsync();
            await Task.WhenAll(asked, relayed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<RelayResult> DecodeAsync(
        RoutedRequest request, EndpointState decode, ReadOnlyMemory<byte> parameters, KvMeeting meeting, CancellationTokenSource headers, bool mayMoveOn)
    {
        BodyEdits edits = PhaseEdits.Decode(
            request.BodyBytes.Span, request.Body, request.EngineModel, request.AsksUsage, request.Server!.Compiled.Handover, parameters, meeting);
        long start = time.GetTimestamp();
        // It computes nothing of the prompt.
        RelayResult result = await decodes.RelayAsync(request, decode, edits, new AttemptTerms(0, request.Body.IsStreaming, mayMoveOn, headers));
        bool isGood = result.IsAnswered && request.UpstreamStatus < StatusCodes.Status400BadRequest;
        instruments.PhaseTook(request, EndpointPhase.Decode, isGood, time.GetElapsedTime(start));
        return result;
    }

    private Ending Judge(RoutedRequest request, EndpointState decode, RelayResult result)
    {
        if (result.IsAnswered || result.Ends(request))
            return Ending.Over;
        LogFailed("Decode", decode.View.Pod.ToString(), result.Fault, request.RequestId);
        return Ending.DecodeFailed;
    }

    /// <summary>Without prefill there is no decode: what the engine said against the request is the answer, silence moves on.</summary>
    private async Task<Ending> WithoutPrefillAsync(RoutedRequest request, EndpointState prefill, PrefillAnswer answer, bool mayMoveOn)
    {
        HttpContext http = request.Http;
        request.Endpoint = prefill;
        request.UpstreamStatus = answer.Status;
        if (http.RequestAborted.IsCancellationRequested)
        {
            request.RelayError = ForwarderError.RequestCanceled;
            return Ending.Over;
        }
        bool isPassedOver = mayMoveOn && EngineAttempt.IsUnavailable(answer.Status);
        if (answer.Status == 0 || isPassedOver)
        {
            string fault = isPassedOver ? new RelayResult(ForwarderError.None, answer.Status).Fault : answer.Fault;
            LogFailed("Prefill", prefill.View.Pod.ToString(), fault, request.RequestId);
            return Ending.PrefillFailed;
        }
        http.Response.StatusCode = answer.Status;
        http.Response.Headers[EngineTransformer.RequestIdHeader] = request.RequestId;
        http.Response.ContentType = answer.ContentType;
        if (answer.RetryAfter is { } retryAfter)
            http.Response.Headers[HeaderNames.RetryAfter] = retryAfter;
        http.Response.ContentLength = answer.Body.Length;
        await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted);
        return Ending.Over;
    }

    private ReadOnlyMemory<byte> TransferParams(RoutedRequest request, KvHandover handover, EndpointState prefill, ReadOnlyMemory<byte> answer)
    {
        if (handover != KvHandover.TransferParams)
            return default;
        TextSpan found = PhaseEdits.TransferParams(answer.Span);
        if (found.Exists)
            return answer.Slice(found.Start, found.Length);
        LogNoParams(prefill.View.Pod.ToString(), request.RequestId);
        return default;
    }

    /// <summary>No two attempts meet in one room, be they of one request.</summary>
    private static KvMeeting MeetingOf(RoutedRequest request, EndpointState prefill) =>
        new(prefill.View.Address, (long)(Chance.Mix(Chance.Mix(request.Seed) + (ulong)request.Attempts) >> 1));

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{Phase} failed at pod {Pod}, request {RequestId}: {Fault}")]
    private partial void LogFailed(string phase, string pod, string fault, string requestId);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning,
        Message = "Pod {Pod} prefilled request {RequestId} and told no kv_transfer_params: the decode pod computes the prompt again.")]
    private partial void LogNoParams(string pod, string requestId);
}
