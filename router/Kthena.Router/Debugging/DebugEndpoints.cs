using Kthena.Model.Routing;
using Kthena.Router.Gateway;
using Kthena.Router.Tables;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Debugging;

/// <summary>
/// Answers on the debug listener: upstream's <c>/debug/config_dump</c>, and <c>/debug/explain</c>, which tells why requests went
/// where they went.
/// </summary>
internal sealed class DebugEndpoints(SnapshotFollower snapshots, PickLog picks)
{
    private const int ExplainedByDefault = 10;
    private const string Dump = "/debug/config_dump/";
    private const string Profiles = "/debug/pprof";
    private const string Explain = "/debug/explain";

    private static readonly string Index =
        $"""
        {Explain}                                            the last picks, ?n=N for how many
        {Explain}/REQUEST                                    the picks of one request, by its x-request-id
        {Dump}KIND                              all of a kind: {string.Join(", ", ConfigDump.Kinds.Keys.Order(StringComparer.Ordinal))}
        {Dump}namespaces/NAMESPACE/KIND/NAME    one object

        """;

    public Task AnswerAsync(HttpContext http)
    {
        string path = http.Request.Path.Value ?? "";
        if (!HttpMethods.IsGet(http.Request.Method))
            return PlainAnswer.NotFoundAsync(http.Response);
        if (path is "/debug" or "/debug/")
            return http.Response.WriteAsync(Index);
        if (path.StartsWith(Dump, StringComparison.Ordinal))
            return DumpAsync(http, path[Dump.Length..].Split('/'));
        if (path == Explain)
            return ExplainAsync(http);
        if (path.StartsWith(Profiles, StringComparison.Ordinal))
            return FaultAsync(http.Response, StatusCodes.Status404NotFound, "there is no pprof here: dotnet-trace, dotnet-counters and dotnet-gcdump look into the process");
        return path.StartsWith(Explain + "/", StringComparison.Ordinal)
            ? ExplainOneAsync(http.Response, path[(Explain.Length + 1)..])
            : PlainAnswer.NotFoundAsync(http.Response);
    }

    private Task DumpAsync(HttpContext http, string[] parts)
    {
        ConfigDump dump = new(snapshots.Table);
        if (parts is [string kind] && ConfigDump.Kinds.ContainsKey(kind))
            return ErrorAnswer.WriteJsonAsync(http.Response, dump.List(kind)).AsTask();
        if (parts is not ["namespaces", string space, string one, string name] || !ConfigDump.Kinds.TryGetValue(one, out string? title))
            return PlainAnswer.NotFoundAsync(http.Response);
        return dump.Find(one, space, name) is { } found
            ? ErrorAnswer.WriteJsonAsync(http.Response, found).AsTask()
            : FaultAsync(http.Response, StatusCodes.Status404NotFound, $"{title} not found");
    }

    private Task ExplainAsync(HttpContext http)
    {
        int count = ExplainedByDefault;
        if (http.Request.Query["n"] is [string text] && !(int.TryParse(text, out count) && count >= 1))
            return FaultAsync(http.Response, StatusCodes.Status400BadRequest, "n must be a whole number from 1");
        return ErrorAnswer.WriteJsonAsync(http.Response, PickExplanation.Write(picks.Latest(count))).AsTask();
    }

    private Task ExplainOneAsync(HttpResponse response, string requestId)
    {
        PickRecord[] ofIt = [.. picks.Latest(int.MaxValue).Where(pick => pick.RequestId == requestId)];
        // Newest first: who prefills is picked after who decodes, and a client may give one id to several requests.
        PickRecord[] prefills = [.. ofIt.TakeWhile(static pick => pick.Phase == EndpointPhase.Prefill)];
        return prefills.Length < ofIt.Length
            ? ErrorAnswer.WriteJsonAsync(response, PickExplanation.Write(ofIt[prefills.Length], prefills)).AsTask()
            : FaultAsync(response, StatusCodes.Status404NotFound, "no pick of this request is kept");
    }

    private static Task FaultAsync(HttpResponse response, int status, string message)
    {
        response.StatusCode = status;
        return ErrorAnswer.WriteJsonAsync(response, JsonBytes.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("error"u8, message);
            json.WriteEndObject();
        })).AsTask();
    }
}
