using System.Diagnostics;
using Kthena.Router.Gateway;
using Kthena.Router.Metrics;
using Kthena.Router.Picking;
using Kthena.Router.Tables;
using Kthena.Router.Tracing;
using Kthena.Routing.Body;

namespace Kthena.Router.Forwarding;

/// <summary>Opens attempts at engines: what each notes, counts, traces and puts on its endpoint, whoever its answer is for.</summary>
internal sealed class EngineAttempts(RouterOptions options, DispatchRecorder recorder, RouterInstruments instruments, TimeProvider time)
{
    /// <summary>Opens one; whoever does must close it, whatever comes of it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="endpoint">Where it goes.</param>
    /// <param name="load">What it puts on the endpoint.</param>
    /// <param name="edits">What changes in its body.</param>
    /// <param name="terms">What it is made under.</param>
    public EngineAttempt Open(RoutedRequest request, EndpointState endpoint, AttemptLoad load, BodyEdits edits, in AttemptTerms terms)
    {
        recorder.Dispatched(request, endpoint);
        Activity? span = RouterSpans.Attempt(request, endpoint.View);
        var transformer = new EngineTransformer(request, edits, span, options.ForwardsClientCredentials, terms);
        Gauge upstream = instruments.Upstream(request);
        upstream.Increment();
        load.Begin(endpoint, terms.UncachedBytes, terms.TellsFirstToken, time);
        return new EngineAttempt(transformer, load, upstream, span);
    }
}
