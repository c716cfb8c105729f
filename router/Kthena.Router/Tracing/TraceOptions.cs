namespace Kthena.Router.Tracing;

/// <summary>Where traces go, over OTLP.</summary>
public sealed record TraceOptions
{
    /// <summary>Where the collector takes traces: for HTTP the whole address, such as <c>http://127.0.0.1:4318/v1/traces</c>, for gRPC its base.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Whether the collector is spoken to by gRPC. Default: no, by HTTP with protobuf.</summary>
    public bool UsesGrpc { get; init; }

    /// <summary>Headers for the collector, as <c>OTEL_EXPORTER_OTLP_HEADERS</c> writes them: <c>name=value,name=value</c>. Default: none.</summary>
    public string Headers { get; init; } = "";

    /// <summary>The service's name in traces. Default: <c>kthena-router</c>.</summary>
    public string ServiceName { get; init; } = "kthena-router";

    /// <summary>The share of requests without a trace of the client's own that are traced, 0 to 1. Default: 1.</summary>
    public double SampledShare { get; init; } = 1;
}
