namespace Kthena.Router.Gateway;

/// <summary>Why the router itself answers a request instead of an engine.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="LogType">Where it failed, in the access log's words.</param>
/// <param name="Code">OpenAI's <c>code</c>.</param>
/// <param name="Message">What failed, for the client and the log.</param>
internal sealed record RouteError(int Status, string LogType, string Code, string Message)
{
    /// <summary>OpenAI's <c>type</c>.</summary>
    public string Type => Status < 500 ? "invalid_request_error" : "server_error";
}
