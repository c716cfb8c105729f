using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Router.Gateway;
using Kthena.Routing.Accounting;

namespace Kthena.Router.Metrics;

/// <summary>
/// Everything that the router counts, under upstream's names. Stages say what happened; nobody else touches a series. Nothing is
/// allocated on the way of a request once its series exist.
/// </summary>
internal sealed class RouterInstruments
{
    /// <summary>The model of requests that no route knows.</summary>
    public const string UnknownModel = "unknown";

    private const string None = "none";
    private const int SeriesMax = 10_000;
    private const int PathsMax = 64;
    private const int NamesMax = 10_000;

    private static readonly double[] RequestSeconds = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60];
    private static readonly double[] PluginSeconds = [.001, .005, .01, .05, .1, .5];
    private static readonly double[] Ratios = [0, .1, .25, .5, .75, .9, .95, .99, 1];
    private static readonly string[] Statuses =
        [.. Enumerable.Range(0, 600).Select(static status => status.ToString(CultureInfo.InvariantCulture))];

    private readonly LabelBudget _paths = new(
        PathsMax, "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/v1/embeddings");
    private readonly ConcurrentDictionary<NamespacedName, string> _names = new();
    private readonly List<IMetricFamily> _families = [];
    private readonly MetricFamily<Counter> _requests;
    private readonly MetricFamily<Histogram> _durations;
    private readonly MetricFamily<Histogram> _prefills;
    private readonly MetricFamily<Histogram> _decodes;
    private readonly MetricFamily<Counter> _tokens;
    private readonly MetricFamily<Histogram> _plugins;
    private readonly MetricFamily<Counter> _rateLimited;
    private readonly MetricFamily<Gauge> _downstream;
    private readonly MetricFamily<Gauge> _upstream;
    private readonly MetricFamily<Histogram> _matchRatio;
    private readonly Gauge _active;

    public RouterInstruments(int seriesMax = SeriesMax)
    {
        _requests = Family("requests_total", "Requests that ended.",
            ["model", "path", "status_code", "error_type", "model_route", "backend_type", "backend_name", "upstream_model"], static () => new Counter());
        _durations = Family("request_duration_seconds", "Seconds from receipt to the end of a request.",
            ["model", "path", "status_code", "model_route", "backend_type", "backend_name", "upstream_model"], static () => new Histogram(RequestSeconds));
        _prefills = Family("request_prefill_duration_seconds", "Seconds of prefill, where another pod decodes.",
            ["model", "path", "status_code"], static () => new Histogram(RequestSeconds));
        _decodes = Family("request_decode_duration_seconds", "Seconds of decode, where another pod prefilled.",
            ["model", "path", "status_code"], static () => new Histogram(RequestSeconds));
        _tokens = Family("tokens_total", "Tokens of prompts and answers.",
            ["model", "path", "token_type", "model_route", "backend_type", "backend_name", "upstream_model"], static () => new Counter());
        _plugins = Family("scheduler_plugin_duration_seconds", "Seconds that filters and scorers take, from a sample of the picks.",
            ["model", "plugin", "type"], static () => new Histogram(PluginSeconds));
        _rateLimited = Family("rate_limit_exceeded_total", "Requests that a limit of their route turned away.",
            ["model", "limit_type", "path"], static () => new Counter());
        _active = Family("active_requests", "Requests in the router.", [], static () => new Gauge()).At(default);
        _downstream = Family("active_downstream_requests", "Requests in the router, by model.", ["model"], static () => new Gauge());
        _upstream = Family("active_upstream_requests", "Requests at engines.",
            ["model_server", "model_route", "backend_type", "backend_name", "upstream_model"], static () => new Gauge());
        _matchRatio = Family("prefix_cache_match_ratio", "The part of a prompt that the best endpoint holds, by what the router knows.",
            ["model"], static () => new Histogram(Ratios));

        MetricFamily<TSeries> Family<TSeries>(string name, string description, string[] labels, Func<TSeries> create)
            where TSeries : class, ISeries
        {
            var family = new MetricFamily<TSeries>("kthena_router_" + name, description, labels, create, seriesMax);
            _families.Add(family);
            return family;
        }
    }

    /// <summary>Adds metrics that are read when somebody asks. Only before the first request.</summary>
    public void Add(params IEnumerable<IMetricFamily> families) => _families.AddRange(families);

    /// <summary>The metrics as they are now, for Prometheus.</summary>
    public byte[] Write() => ExpositionText.Write(_families);

    public void RequestBegan() => _active.Increment();

    /// <summary>The body was read: from here the request counts for its model.</summary>
    public void ModelKnown(RoutedRequest request)
    {
        ImmutableArray<string> names = request.Table.Routes.ModelNames;
        int index = names.BinarySearch(request.Model, StringComparer.Ordinal);
        request.ModelLabel = index >= 0 ? names[index] : UnknownModel;
        request.DownstreamGauge = _downstream.At(new LabelValues(request.ModelLabel));
        request.DownstreamGauge.Increment();
    }

    /// <summary>An endpoint was picked.</summary>
    /// <param name="request">The request.</param>
    /// <param name="matchedBlocks">How many leading blocks of the prompt the endpoint with most of it holds.</param>
    public void Picked(RoutedRequest request, int matchedBlocks)
    {
        if (request.Chain.Count > 0)
            _matchRatio.At(new LabelValues(request.ModelLabel)).Observe((double)matchedBlocks / request.Chain.Count);
    }

    /// <summary>A filter or scorer did its work.</summary>
    public void PluginTook(RoutedRequest request, string plugin, string type, TimeSpan duration) =>
        _plugins.At(new LabelValues(request.ModelLabel, plugin, type)).Observe(duration.TotalSeconds);

    /// <summary>A limit turned a request away.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit"><c>input_tokens</c> or <c>output_tokens</c>.</param>
    public void RateLimited(RoutedRequest request, string limit) =>
        _rateLimited.At(new LabelValues(request.ModelLabel, limit, _paths.Bound(request.Http.Request.Path.Value ?? ""))).Add(1);

    /// <summary>One of the two phases of a request ended.</summary>
    public void PhaseTook(RoutedRequest request, EndpointPhase phase, bool isGood, TimeSpan duration) =>
        (phase == EndpointPhase.Prefill ? _prefills : _decodes)
            .At(new LabelValues(request.ModelLabel, _paths.Bound(request.Http.Request.Path.Value ?? ""), isGood ? "200" : "500"))
            .Observe(duration.TotalSeconds);

    /// <summary>The gauge of requests like this one at engines.</summary>
    public Gauge Upstream(RoutedRequest request)
    {
        string server = NameOf(request.Route.Target);
        return _upstream.At(new LabelValues(server, RouteName(request), "model_server", server, UpstreamModel(request)));
    }

    /// <summary>A request ended.</summary>
    /// <param name="request">The request.</param>
    /// <param name="errorType">Upstream's error type; null for requests that upstream does not count.</param>
    /// <param name="status">The status that the client got.</param>
    /// <param name="duration">From receipt to now.</param>
    /// <param name="usage">The tokens.</param>
    public void RequestEnded(RoutedRequest request, string? errorType, int status, TimeSpan duration, TokenUsage usage)
    {
        if (errorType is not null)
            Count(request, errorType, status, duration, usage);
        request.DownstreamGauge?.Decrement();
        _active.Decrement();
    }

    private void Count(RoutedRequest request, string errorType, int status, TimeSpan duration, TokenUsage usage)
    {
        string model = request.ModelLabel;
        string path = _paths.Bound(request.Http.Request.Path.Value ?? "");
        string code = Statuses[Math.Clamp(status, 0, Statuses.Length - 1)];
        string route = RouteName(request);
        bool isResolved = request.Server is not null;
        string backendType = isResolved ? "model_server" : "unresolved";
        string backend = isResolved ? NameOf(request.Route.Target) : None;
        string upstreamModel = isResolved ? UpstreamModel(request) : None;
        _requests.At(new LabelValues(model, path, code, errorType, route, backendType, backend, upstreamModel)).Add(1);
        _durations.At(new LabelValues(model, path, code, route, backendType, backend, upstreamModel)).Observe(duration.TotalSeconds);
        if (isResolved && usage.InputTokens > 0)
            _tokens.At(new LabelValues(model, path, "input", route, backendType, backend, upstreamModel)).Add(usage.InputTokens);
        if (isResolved && usage.OutputTokens > 0)
            _tokens.At(new LabelValues(model, path, "output", route, backendType, backend, upstreamModel)).Add(usage.OutputTokens);
    }

    private string RouteName(RoutedRequest request) => request.Route.Route is { } route ? NameOf(route.Key) : None;

    /// <summary>The engine's name for the model; an adapter keeps its own.</summary>
    private static string UpstreamModel(RoutedRequest request) =>
        request.Route.IsAdapter || request.Route.Server?.View.Spec.Model is not { Length: > 0 } model ? request.ModelLabel : model;

    private string NameOf(NamespacedName key)
    {
        if (_names.TryGetValue(key, out string? name))
            return name;
        if (_names.Count >= NamesMax)
            _names.Clear();
        return _names.GetOrAdd(key, static key => key.ToString());
    }
}
