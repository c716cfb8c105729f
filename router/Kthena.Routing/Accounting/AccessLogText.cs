using System.Globalization;
using System.Text;

namespace Kthena.Routing.Accounting;

/// <summary>
/// Writes an access log entry as one line of text, with upstream's fields in upstream's order. Unlike there, values are
/// escaped: control characters, line separators and the backslash become <c>\n</c>, <c>\u000a</c> and so on, and white space
/// inside a value becomes <c>\u0020</c>, so that no value can forge a field or a line. The error's message keeps its spaces, and has
/// <c>\u003d</c> for <c>=</c> instead.
/// </summary>
public static class AccessLogText
{
    /// <summary>Appends the line, without an end of line.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="line">Where to append.</param>
    public static void Append(AccessLogEntry entry, StringBuilder line)
    {
        line.Append('[');
        AppendTimestamp(entry.Timestamp, line);
        line.Append("] \"");
        AppendEscaped(entry.Method, line);
        line.Append(' ');
        AppendEscaped(entry.Path, line, isQuoted: true);
        line.Append(' ').Append(entry.Protocol).Append("\" ").Append(entry.StatusCode);
        if (entry.ErrorType.Length > 0)
        {
            line.Append(" error=").Append(entry.ErrorType).Append(':');
            AppendEscaped(entry.ErrorMessage, line, isSentence: true);
        }
        line.Append(" model_name=");
        AppendEscaped(entry.ModelName, line);
        AppendField(" model_route=", entry.ModelRoute, line);
        AppendField(" model_server=", entry.ModelServer, line);
        AppendField(" selected_pod=", entry.SelectedPod, line);
        AppendField(" request_id=", entry.RequestId, line);
        AppendField(" backend_type=", entry.BackendType, line);
        AppendField(" backend_name=", entry.BackendName, line);
        AppendField(" upstream_model=", entry.UpstreamModel, line);
        AppendNumber(" upstream_status_code=", entry.UpstreamStatusCode, line);
        AppendNumber(" upstream_attempts=", entry.UpstreamAttempts, line);
        AppendField(" error_origin=", entry.ErrorOrigin, line);
        AppendField(" gateway=", entry.Gateway, line);
        AppendField(" http_route=", entry.HttpRoute, line);
        AppendField(" inference_pool=", entry.InferencePool, line);
        if (entry.InputTokens > 0 || entry.OutputTokens > 0)
            line.Append(" tokens=").Append(entry.InputTokens).Append('/').Append(entry.OutputTokens);
        line.Append(" timings=").Append(Milliseconds(entry.TotalDuration)).Append("ms(")
            .Append(Milliseconds(entry.RequestDuration)).Append('+')
            .Append(Milliseconds(entry.UpstreamDuration)).Append('+')
            .Append(Milliseconds(entry.ResponseDuration)).Append(')');
    }

    /// <summary>RFC 3339 with as many digits of the second as it takes, in UTC.</summary>
    internal static void AppendTimestamp(DateTimeOffset timestamp, StringBuilder line)
    {
        DateTimeOffset utc = timestamp.ToUniversalTime();
        line.Append(CultureInfo.InvariantCulture, $"{utc:yyyy-MM-dd'T'HH:mm:ss.FFFFFFF}Z");
    }

    private static void AppendField(string name, string value, StringBuilder line)
    {
        if (value.Length == 0)
            return;
        line.Append(name);
        AppendEscaped(value, line);
    }

    private static void AppendNumber(string name, int value, StringBuilder line)
    {
        if (value != 0)
            line.Append(name).Append(value);
    }

    private static void AppendEscaped(string value, StringBuilder line, bool isSentence = false, bool isQuoted = false)
    {
        foreach (char character in value)
        {
            switch (character)
            {
                case '\n':
                    line.Append("\\n");
                    break;
                case '\r':
                    line.Append("\\r");
                    break;
                case '\t':
                    line.Append("\\t");
                    break;
                case '\\':
                    line.Append("\\\\");
                    break;
                case ' ' when isSentence:
                    line.Append(' ');
                    break;
                case '"' when isQuoted:
                    line.Append("\\\"");
                    break;
                // Behind a space it would make a field of whatever a client wrote.
                case '=' when isSentence:
                    line.Append("\\u003d");
                    break;
                default:
                    if (char.IsControl(character) || char.IsWhiteSpace(character) || char.IsSurrogate(character))
                        line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
                    else
                        line.Append(character);
                    break;
            }
        }
    }

    internal static long Milliseconds(TimeSpan duration) => (long)duration.TotalMilliseconds;
}
