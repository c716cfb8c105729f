using System.Globalization;
using System.Text;
using Kthena.Kubernetes.Core;

namespace Kthena.Silo.Debugging;

/// <summary>What the client of the API server did, in Prometheus' text format; names as Go clients have them where there are such.</summary>
internal static class ClientMetricsText
{
    /// <summary>Writes the exposition.</summary>
    /// <param name="statistics">What was sent.</param>
    /// <param name="load">What is to be sent.</param>
    public static byte[] Write(ClientStatistics statistics, ClientLoad load)
    {
        var text = new StringBuilder();
        Head(text, "rest_client_requests_total", "counter", "Requests to the API server, by method and HTTP status; <error> where no answer came.");
        foreach ((string method, int status, long count) in statistics.Answers)
        {
            string code = status == 0 ? "<error>" : status.ToString(CultureInfo.InvariantCulture);
            Sample(text, $"rest_client_requests_total{{code=\"{code}\",method=\"{method}\"}}", count);
        }
        (long requests, TimeSpan sum) = statistics.Waits;
        Head(text, "rest_client_rate_limiter_duration_seconds", "summary", "How long requests waited for their turn.");
        Sample(text, "rest_client_rate_limiter_duration_seconds_sum", sum.TotalSeconds);
        Sample(text, "rest_client_rate_limiter_duration_seconds_count", requests);
        One(text, "rest_client_request_retries_total", "counter", "Requests sent again because the API server had refused them unread.", statistics.Retries);
        One(text, "kthena_client_writes_held_back_total", "counter", "Writes not sent because the API server had asked for a long pause.", statistics.HeldBack);
        One(text, "kthena_client_writes_in_flight", "gauge", "Writes sent and not answered.", load.WritesInFlight);
        One(text, "kthena_client_requests_waiting", "gauge", "Requests that wait for their turn.", load.Waiting);
        One(text, "kthena_client_lanes_waiting", "gauge", "Objects on whose behalf writes wait.", load.Lanes);
        One(text, "kthena_client_held_seconds", "gauge", "How long the API server still wants writes held back.", load.HeldFor.TotalSeconds);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void One(StringBuilder text, string name, string type, string help, double value)
    {
        Head(text, name, type, help);
        Sample(text, name, value);
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Sample(StringBuilder text, string series, double value) =>
        text.Append(series).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
