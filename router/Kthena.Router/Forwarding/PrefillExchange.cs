using System.Net;
using Kthena.Model.Routing;
using Kthena.Router.Gateway;
using Kthena.Router.Metrics;
using Kthena.Router.Tables;
using Kthena.Routing.Body;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Forwarding;

/// <summary>One exchange with an engine that only prefills: nothing of a good answer is for the client.</summary>
internal sealed class PrefillExchange(
    HttpMessageInvoker engines, RouterOptions options, EngineAttempts attempts, RouterInstruments instruments, TimeProvider time)
{
    /// <summary>The longest answer; a longer one is a fault of the engine's. One token and the parameters of a transfer are some kilobytes.</summary>
    public const int AnswerBytesMax = 16 * 1024 * 1024;

    /// <summary>Asks, and reads the answer to its end, so that the connection can be used again. Whatever keeps it from coming is in the answer.</summary>
    /// <param name="request">The request; only its prefill load is written to.</param>
    /// <param name="endpoint">Where it goes.</param>
    /// <param name="edits">What changes in its body.</param>
    /// <param name="uncachedBytes">How much of the prompt the endpoint must compute.</param>
    /// <param name="bound">The endpoint took too long.</param>
    /// <param name="abandoned">Nobody needs the answer any more, which says nothing against the endpoint.</param>
    public async Task<PrefillAnswer> AskAsync(
        RoutedRequest request, EndpointState endpoint, BodyEdits edits, long uncachedBytes, CancellationToken bound, CancellationToken abandoned)
    {
        request.IsPrefilling = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound, abandoned);
        EngineAttempt attempt = attempts.Open(request, endpoint, request.PrefillLoad, edits, new AttemptTerms(uncachedBytes, TellsFirstToken: true));
        long start = time.GetTimestamp();
        PrefillAnswer answer;
        try
        {
            answer = await SendAsync(request.Http, endpoint, attempt.Transformer, either.Token);
            if (answer.IsSuccess)
                request.PrefillLoad.FirstToken();
        }
        catch (Exception fault)
        {
            answer = default(PrefillAnswer) with { Fault = fault is OperationCanceledException ? "it took too long" : fault.Message };
        }
        bool isLent = attempt.Close(Outcome(answer.Status, abandoned), answer.Status, answer.Status == 0 ? answer.Fault : null);
        request.IsPrefilling = isLent;
        if (!abandoned.IsCancellationRequested)
            instruments.PhaseTook(request, EndpointPhase.Prefill, answer.IsSuccess, time.GetElapsedTime(start));
        return answer with { IsBufferLent = isLent };
    }

    private async Task<PrefillAnswer> SendAsync(HttpContext http, EndpointState endpoint, EngineTransformer transformer, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(
            HttpMethod.Parse(http.Request.Method),
            RequestUtilities.MakeDestinationAddress(endpoint.BaseUrl, http.Request.Path, http.Request.QueryString))
        {
            Version = EngineExchange.VersionOf(options),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await transformer.TransformRequestAsync(http, message, endpoint.BaseUrl, cancellation);
        using HttpResponseMessage response = await engines.SendAsync(message, cancellation);
        byte[] body = await ReadAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellation);
        return new PrefillAnswer(
            (int)response.StatusCode, body, response.Content.Headers.ContentType?.ToString(), response.Headers.RetryAfter?.ToString(), "", IsBufferLent: false);
    }

    /// <summary>Reads to the end.</summary>
    /// <exception cref="IOException">The answer is too long.</exception>
    private static async Task<byte[]> ReadAsync(Stream answer, CancellationToken cancellation)
    {
        var kept = new MemoryStream();
        byte[] piece = new byte[8 * 1024];
        while (await answer.ReadAsync(piece, cancellation) is int read and > 0)
        {
            if (kept.Length + read > AnswerBytesMax)
                throw new IOException($"its answer is longer than {AnswerBytesMax} bytes");
            kept.Write(piece, 0, read);
        }
        return kept.ToArray();
    }

    private static AttemptOutcome Outcome(int status, CancellationToken abandoned) =>
        status == 0 && abandoned.IsCancellationRequested ? AttemptOutcome.Unknown
        : status == 0 || EngineAttempt.IsEnginesFault(status) ? AttemptOutcome.Failed
        : AttemptOutcome.Served;
}
