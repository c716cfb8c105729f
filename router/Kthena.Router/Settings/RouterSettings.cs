using System.Globalization;
using System.Net;
using Kthena.Router.Accounting;
using Kthena.Router.Tracing;

namespace Kthena.Router.Settings;

/// <summary>
/// Reads a router's options from upstream's flags and environment variables, with upstream's defaults. A value that cannot be used
/// is a fault, where upstream warns and goes on with the default; every fault is reported, not only the first.
/// </summary>
public static class RouterSettings
{
    private const string GatewayApi = "--enable-gateway-api";
    private const string InferenceExtension = "--enable-gateway-api-inference-extension";
    private const string Lookup = "--prefix-lookup-deadline";
    private const string Expose = "--expose-metrics-on-router-port";

    private const string Credentials = "--forward-client-credentials";
    private const string SharedNames = "--share-names-across-namespaces";
    private const string EngineHttp2 = "--engines-speak-http2";
    private const string HeadersTimeout = "--request-headers-timeout";
    private const string DrainNotice = "--drain-notice";
    private const string ConnectionsMax = "--connections-max";
    private const string StreamsMax = "--streams-per-connection-max";
    private const string BodyMax = "--body-bytes-max";

    private static readonly string[] Switches =
        [Expose, GatewayApi, InferenceExtension, Credentials, SharedNames, EngineHttp2];
    private const string SchedulerConfig = "--scheduler-config";
    private static readonly string[] Values =
        ["--port", "--metrics-port", "--debug-port", "--tls-cert", "--tls-key", SchedulerConfig, Lookup, HeadersTimeout, DrainNotice, ConnectionsMax, StreamsMax, BodyMax];

    /// <summary>Where upstream's chart mounts the scheduler file. Upstream refuses to start without it; here it may be absent.</summary>
    public const string SchedulerFilePath = "/etc/config/routerConfiguration.yaml";

    /// <summary>The flags that <see cref="Read"/> takes.</summary>
    public static IReadOnlyList<string> Flags { get; } = [.. Values, .. Switches];

    /// <summary>Reads flags and environment.</summary>
    /// <param name="arguments">Such as <c>--port=8080</c> or <c>--port 8080</c>; a switch may stand alone.</param>
    /// <param name="variable">An environment variable by name; null or empty when it is not set.</param>
    /// <param name="faults">Receives a sentence for each setting that cannot be used.</param>
    /// <returns>The options; only of use while there are no faults.</returns>
    public static RouterOptions Read(IReadOnlyList<string> arguments, Func<string, string?> variable, ICollection<string> faults)
    {
        Dictionary<string, string> flags = Given(arguments, faults);
        foreach (string missing in new[] { GatewayApi, InferenceExtension }.Where(name => Switch(flags, name, faults)))
            faults.Add($"{missing} asks for what this router does not do.");
        foreach (string name in new[] { "ENABLE_FAIRNESS_SCHEDULING", "ENABLE_SESSION_BOOST" })
        {
            if (Boolean(name, variable(name), false, faults))
                faults.Add($"{name} asks for what this router does not do.");
        }
        var options = new RouterOptions
        {
            ListenAddress = IPAddress.Any,
            Port = Port(flags, "--port", 8080, faults),
            MetricsListenAddress = IPAddress.Any,
            MetricsPort = Port(flags, "--metrics-port", 9090, faults),
            DebugPort = Port(flags, "--debug-port", 15000, faults),
            ExposesMetricsOnRouterPort = Switch(flags, Expose, faults),
            SchedulerFilePath = Text(flags, SchedulerConfig) ?? (File.Exists(SchedulerFilePath) ? SchedulerFilePath : null),
            ForwardsClientCredentials = Switch(flags, Credentials, faults),
            SharesNamesAcrossNamespaces = Switch(flags, SharedNames, faults),
            EnginesSpeakHttp2 = Switch(flags, EngineHttp2, faults),
            RequestHeadersTimeout = Positive(HeadersTimeout, Text(flags, HeadersTimeout), TimeSpan.FromSeconds(10), faults),
            DrainNotice = Text(flags, DrainNotice) is "0" or "0s" ? TimeSpan.Zero : Positive(DrainNotice, Text(flags, DrainNotice), TimeSpan.Zero, faults),
            ConnectionsMax = Whole(flags, ConnectionsMax, int.MaxValue, faults),
            StreamsPerConnectionMax = Whole(flags, StreamsMax, int.MaxValue, faults) ?? 1000,
            BodyBytesMax = Whole(flags, BodyMax, 1 << 30, faults) ?? 64 * 1024 * 1024,
            Warnings = IdleSettings.Read(flags, variable, faults),
            TlsCertificatePath = Text(flags, "--tls-cert"),
            TlsKeyPath = Text(flags, "--tls-key"),
            PrefixLookupDeadline = Positive(Lookup, Text(flags, Lookup), TimeSpan.FromMilliseconds(3), faults),
        };
        return ReadVariables(options, variable, faults);
    }

    /// <summary>
    /// Reads the environment variables alone, for a host with flags of its own: the access log's, whose output is opened, OpenTelemetry's,
    /// <c>SNAPSHOT_FILE</c>, <c>SNAPSHOT_MAX_AGE</c> and <c>DRAIN_TIMEOUT</c>.
    /// </summary>
    /// <param name="options">Where they go.</param>
    /// <param name="variable">An environment variable by name; null or empty when it is not set.</param>
    /// <param name="faults">Receives a sentence for each setting that cannot be used.</param>
    public static RouterOptions ReadVariables(RouterOptions options, Func<string, string?> variable, ICollection<string> faults) =>
        ReadAccessLog(
            options with
            {
                SnapshotPath = variable("SNAPSHOT_FILE") is { Length: > 0 } file ? file : null,
                SnapshotAgeMax = Positive("SNAPSHOT_MAX_AGE", variable("SNAPSHOT_MAX_AGE"), TimeSpan.FromHours(1), faults),
                Traces = TraceSettings.Read(variable, faults),
                DrainTimeout = Positive("DRAIN_TIMEOUT", variable("DRAIN_TIMEOUT"), TimeSpan.FromMinutes(5), faults),
            },
            variable,
            faults);

    private static RouterOptions ReadAccessLog(RouterOptions options, Func<string, string?> variable, ICollection<string> faults)
    {
        AccessLogFormat format = AccessLogFormat.Text;
        switch (variable("ACCESS_LOG_FORMAT"))
        {
            case null or "" or "text":
                break;
            case "json":
                format = AccessLogFormat.Json;
                break;
            case var other:
                faults.Add($"ACCESS_LOG_FORMAT must be text or json, not '{other}'.");
                break;
        }
        bool isEnabled = Boolean("ACCESS_LOG_ENABLED", variable("ACCESS_LOG_ENABLED"), true, faults);
        return options with { AccessLogFormat = format, AccessLog = isEnabled ? Open(variable("ACCESS_LOG_OUTPUT"), faults) : null };
    }

    private static TextWriter? Open(string? output, ICollection<string> faults)
    {
        try
        {
            return AccessLogOutput.Open(string.IsNullOrEmpty(output) ? "stdout" : output);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            faults.Add($"ACCESS_LOG_OUTPUT '{output}' cannot be opened: {exception.Message}");
            return null;
        }
    }

    private static Dictionary<string, string> Given(IReadOnlyList<string> arguments, ICollection<string> faults)
    {
        var flags = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int index = 0; index < arguments.Count; index++)
        {
            string argument = arguments[index];
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? argument : argument[..equals];
            bool isSwitch = Switches.Contains(name) || IdleSettings.Switches.Contains(name);
            if (!isSwitch && !Values.Contains(name) && !IdleSettings.Values.Contains(name))
                faults.Add($"{name} is no flag of the router's.");
            else if (equals >= 0)
                flags[name] = argument[(equals + 1)..];
            else if (isSwitch)
                flags[name] = "true";
            else if (index + 1 < arguments.Count)
                flags[name] = arguments[++index];
            else
                faults.Add($"{name} needs a value.");
        }
        return flags;
    }

    private static int Port(Dictionary<string, string> flags, string name, int otherwise, ICollection<string> faults)
    {
        if (!flags.TryGetValue(name, out string? text))
            return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is >= 1 and <= 65535)
            return port;
        faults.Add($"{name} must be 1 to 65535, not '{text}'.");
        return otherwise;
    }

    private static int? Whole(Dictionary<string, string> flags, string name, int max, ICollection<string> faults)
    {
        if (Text(flags, name) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= max)
            return number;
        faults.Add($"{name} must be 1 to {max}, not '{text}'.");
        return null;
    }

    private static bool Switch(Dictionary<string, string> flags, string name, ICollection<string> faults) =>
        Boolean(name, flags.GetValueOrDefault(name), false, faults);

    private static string? Text(Dictionary<string, string> flags, string name) =>
        flags.TryGetValue(name, out string? text) && text.Length > 0 ? text : null;

    /// <summary>The words that Go takes for a boolean.</summary>
    private static bool Boolean(string name, string? text, bool otherwise, ICollection<string> faults)
    {
        switch (text)
        {
            case null or "":
                return otherwise;
            case "1" or "t" or "T" or "true" or "TRUE" or "True":
                return true;
            case "0" or "f" or "F" or "false" or "FALSE" or "False":
                return false;
            default:
                faults.Add($"{name} must be true or false, not '{text}'.");
                return otherwise;
        }
    }

    private static TimeSpan Positive(string name, string? text, TimeSpan otherwise, ICollection<string> faults)
    {
        if (string.IsNullOrEmpty(text))
            return otherwise;
        if (GoDuration.TryParse(text, out TimeSpan duration) && duration > TimeSpan.Zero)
            return duration;
        faults.Add($"{name} must be a duration of more than zero, such as 5m, not '{text}'.");
        return otherwise;
    }
}
