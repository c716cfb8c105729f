using System.Globalization;

namespace Kthena.Router.Tracing;

/// <summary>Reads OpenTelemetry's environment variables.</summary>
internal static class TraceSettings
{
    private const string Base = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Whole = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string Sampler = "OTEL_TRACES_SAMPLER";
    private const string SamplerArgument = "OTEL_TRACES_SAMPLER_ARG";

    /// <summary>Reads them; null when nothing names a collector, or tracing is turned off.</summary>
    /// <param name="variable">An environment variable by name; null or empty when it is not set.</param>
    /// <param name="faults">Receives a sentence for each setting that cannot be used.</param>
    public static TraceOptions? Read(Func<string, string?> variable, ICollection<string> faults)
    {
        string? whole = Text(variable, Whole);
        string? endpoint = whole ?? Text(variable, Base);
        if (endpoint is null || Text(variable, "OTEL_SDK_DISABLED") is "true" || Text(variable, "OTEL_TRACES_EXPORTER") is "none")
            return null;
        bool usesGrpc = Protocol(variable, faults) == "grpc";
        string name = whole is null ? Base : Whole;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            faults.Add($"{name} must be an http or https address, not '{endpoint}'.");
            return null;
        }
        if (whole is null && !usesGrpc)
            address = new Uri(address.AbsoluteUri.TrimEnd('/') + "/v1/traces");
        return new TraceOptions
        {
            Endpoint = address,
            UsesGrpc = usesGrpc,
            Headers = Text(variable, "OTEL_EXPORTER_OTLP_TRACES_HEADERS") ?? Text(variable, "OTEL_EXPORTER_OTLP_HEADERS") ?? "",
            ServiceName = Text(variable, "OTEL_SERVICE_NAME") ?? "kthena-router",
            SampledShare = Share(variable, faults),
        };
    }

    private static string Protocol(Func<string, string?> variable, ICollection<string> faults)
    {
        string protocol = Text(variable, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ?? Text(variable, "OTEL_EXPORTER_OTLP_PROTOCOL") ?? "http/protobuf";
        if (protocol is not ("grpc" or "http/protobuf"))
            faults.Add($"OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf, not '{protocol}'.");
        return protocol;
    }

    /// <summary>The samplers that keep to the client's decision; others would cut traces in two.</summary>
    private static double Share(Func<string, string?> variable, ICollection<string> faults)
    {
        switch (Text(variable, Sampler))
        {
            case null or "parentbased_always_on" or "always_on":
                return 1;
            case "parentbased_always_off" or "always_off":
                return 0;
            case "parentbased_traceidratio" or "traceidratio":
                string argument = Text(variable, SamplerArgument) ?? "1";
                if (double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is >= 0 and <= 1)
                    return share;
                faults.Add($"{SamplerArgument} must be 0 to 1, not '{argument}'.");
                return 1;
            case var other:
                faults.Add($"{Sampler} must be parentbased_always_on, parentbased_always_off or parentbased_traceidratio, not '{other}'.");
                return 1;
        }
    }

    private static string? Text(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 } text ? text : null;
}
