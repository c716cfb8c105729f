using System.Diagnostics;
using System.Globalization;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Tracing;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Forwarding;

/// <summary>One attempt at an engine that is under way.</summary>
internal readonly struct EngineAttempt(EngineTransformer transformer, AttemptLoad load, Gauge upstream, Activity? span)
{
    /// <summary>What it changes on the way to the engine and back.</summary>
    public EngineTransformer Transformer => transformer;

    /// <summary>Whether an answer says that the engine itself is at fault, rather than the request.</summary>
    public static bool IsEnginesFault(int status) =>
        status is >= StatusCodes.Status500InternalServerError and not StatusCodes.Status501NotImplemented;

    /// <summary>Whether an answer says that whoever is there did not do the work: another one may.</summary>
    public static bool IsUnavailable(int status) =>
        status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;

    /// <summary>Takes back all that <see cref="EngineAttempts.Open"/> put up.</summary>
    /// <param name="outcome">What it tells of the endpoint.</param>
    /// <param name="status">The engine's status; 0 when it did not answer.</param>
    /// <param name="fault">What broke it; null when nothing did.</param>
    /// <returns>Whether the request's buffer may still be read.</returns>
    public bool Close(AttemptOutcome outcome, int status, string? fault)
    {
        load.End(outcome);
        upstream.Decrement();
        RouterSpans.Attempted(
            span, status, fault ?? (status >= StatusCodes.Status400BadRequest ? status.ToString(CultureInfo.InvariantCulture) : null));
        span?.Dispose();
        return transformer.Content?.IsBeingWritten == true;
    }
}
