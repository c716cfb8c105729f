using System.Text;
using System.Text.Encodings.Web;

namespace Kthena.Routing.Accounting;

/// <summary>
/// Writes an access log entry as one line of JSON, with upstream's keys in upstream's order. A key whose value is empty or zero is
/// absent, but <c>model_name</c> and the durations, in whole milliseconds, which are always there.
/// </summary>
public static class AccessLogJson
{
    /// <summary>Appends the object, without an end of line.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="line">Where to append.</param>
    public static void Append(AccessLogEntry entry, StringBuilder line)
    {
        line.Append("{\"timestamp\":\"");
        AccessLogText.AppendTimestamp(entry.Timestamp, line);
        line.Append('"');
        AppendText("method", entry.Method, line);
        AppendText("path", entry.Path, line);
        AppendText("protocol", entry.Protocol, line);
        AppendNumber("status_code", entry.StatusCode, line, isAlwaysThere: true);
        if (entry.ErrorType.Length > 0)
        {
            line.Append(",\"error\":{\"type\":\"");
            AppendEscaped(entry.ErrorType, line);
            line.Append("\",\"message\":\"");
            AppendEscaped(entry.ErrorMessage, line);
            line.Append("\"}");
        }
        AppendText("model_name", entry.ModelName, line, isAlwaysThere: true);
        AppendText("model_route", entry.ModelRoute, line);
        AppendText("model_server", entry.ModelServer, line);
        AppendText("selected_pod", entry.SelectedPod, line);
        AppendText("request_id", entry.RequestId, line);
        AppendText("backend_type", entry.BackendType, line);
        AppendText("backend_name", entry.BackendName, line);
        AppendText("upstream_model", entry.UpstreamModel, line);
        AppendNumber("upstream_status_code", entry.UpstreamStatusCode, line);
        AppendNumber("upstream_attempts", entry.UpstreamAttempts, line);
        AppendText("error_origin", entry.ErrorOrigin, line);
        AppendText("gateway", entry.Gateway, line);
        AppendText("http_route", entry.HttpRoute, line);
        AppendText("inference_pool", entry.InferencePool, line);
        AppendNumber("input_tokens", entry.InputTokens, line);
        AppendNumber("output_tokens", entry.OutputTokens, line);
        AppendDuration("duration_total", entry.TotalDuration, line);
        AppendDuration("duration_request_processing", entry.RequestDuration, line);
        AppendDuration("duration_upstream_processing", entry.UpstreamDuration, line);
        AppendDuration("duration_response_processing", entry.ResponseDuration, line);
        line.Append('}');
    }

    private static void AppendText(string key, string value, StringBuilder line, bool isAlwaysThere = false)
    {
        if (value.Length == 0 && !isAlwaysThere)
            return;
        line.Append(",\"").Append(key).Append("\":\"");
        AppendEscaped(value, line);
        line.Append('"');
    }

    private static void AppendNumber(string key, long value, StringBuilder line, bool isAlwaysThere = false)
    {
        if (value != 0 || isAlwaysThere)
            line.Append(",\"").Append(key).Append("\":").Append(value);
    }

    private static void AppendDuration(string key, TimeSpan duration, StringBuilder line) =>
        AppendNumber(key, AccessLogText.Milliseconds(duration), line, isAlwaysThere: true);

    /// <summary>Half a surrogate pair becomes U+FFFD.</summary>
    private static void AppendEscaped(string value, StringBuilder line) =>
        line.Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value));
}
