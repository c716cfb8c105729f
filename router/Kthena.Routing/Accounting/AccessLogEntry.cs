namespace Kthena.Routing.Accounting;

/// <summary>What the access log says of one request. Empty text and zero mean absent.</summary>
public sealed record AccessLogEntry
{
    /// <summary>When the request was received.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>The HTTP method.</summary>
    public string Method { get; init; } = "";

    /// <summary>The path, without the query.</summary>
    public string Path { get; init; } = "";

    /// <summary>Such as <c>HTTP/1.1</c>.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The status that the client got.</summary>
    public int StatusCode { get; init; }

    /// <summary>Where the request failed, in upstream's words, such as <c>route_not_found</c>.</summary>
    public string ErrorType { get; init; } = "";

    /// <summary>What failed.</summary>
    public string ErrorMessage { get; init; } = "";

    /// <summary>The requested model.</summary>
    public string ModelName { get; init; } = "";

    /// <summary>The route, <c>ns/name</c>.</summary>
    public string ModelRoute { get; init; } = "";

    /// <summary>The model server, <c>ns/name</c>.</summary>
    public string ModelServer { get; init; } = "";

    /// <summary>The name of the pod that answered, or was tried last.</summary>
    public string SelectedPod { get; init; } = "";

    /// <summary>The request's id.</summary>
    public string RequestId { get; init; } = "";

    /// <summary><c>model_server</c>, <c>external_provider</c> or <c>inference_pool</c>.</summary>
    public string BackendType { get; init; } = "";

    /// <summary>The backend, <c>ns/name</c>.</summary>
    public string BackendName { get; init; } = "";

    /// <summary>The model that the engine was asked for.</summary>
    public string UpstreamModel { get; init; } = "";

    /// <summary>The status that the engine gave.</summary>
    public int UpstreamStatusCode { get; init; }

    /// <summary>How many endpoints were tried.</summary>
    public int UpstreamAttempts { get; init; }

    /// <summary><c>router</c> or <c>upstream</c>: who is to blame for the error.</summary>
    public string ErrorOrigin { get; init; } = "";

    /// <summary>The Gateway that the request came through, <c>ns/name</c>.</summary>
    public string Gateway { get; init; } = "";

    /// <summary>The HTTPRoute that took it, <c>ns/name</c>.</summary>
    public string HttpRoute { get; init; } = "";

    /// <summary>The InferencePool that took it, <c>ns/name</c>.</summary>
    public string InferencePool { get; init; } = "";

    /// <summary>Tokens of the prompt.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public long OutputTokens { get; init; }

    /// <summary>From receipt to this entry.</summary>
    public TimeSpan TotalDuration { get; init; }

    /// <summary>From receipt until the body was understood.</summary>
    public TimeSpan RequestDuration { get; init; }

    /// <summary>From the start of forwarding to the end of the relay.</summary>
    public TimeSpan UpstreamDuration { get; init; }

    /// <summary>From the end of the relay to this entry.</summary>
    public TimeSpan ResponseDuration { get; init; }
}
