using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Gateway;

/// <summary>Why the router itself answers a request instead of an engine.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="LogType">Where it failed, in the access log's words.</param>
/// <param name="Code">OpenAI's <c>code</c>.</param>
/// <param name="Message">What failed, for the client and the log.</param>
internal sealed record RouteError(int Status, string LogType, string Code, string Message)
{
    /// <summary>The metrics' word for a failure without a class of its own.</summary>
    public const string RequestFailed = "request_failed";

    /// <summary>The code of a request whose pairs of prefill and decode all failed; upstream counts it apart from other failures of engines.</summary>
    public const string PairsFailed = "all_pairs_failed";

    /// <summary>When to ask again; null when that is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The metrics' word for it, as upstream's; null for what upstream does not count.</summary>
    public string? MetricType => LogType switch
    {
        _ when Code == PairsFailed => RequestFailed,
        "request_parsing" => null,
        "scheduling" or "internal" => RequestFailed,
        "input_rate_limit" or "output_rate_limit" => "rate_limit",
        _ => LogType,
    };

    /// <summary>OpenAI's <c>type</c>.</summary>
    public string Type => Status switch
    {
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        < 500 => "invalid_request_error",
        _ => "server_error",
    };
}
