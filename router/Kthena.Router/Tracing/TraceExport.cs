using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kthena.Router.Tracing;

/// <summary>Sends the spans of <see cref="RouterSpans"/> to a collector, in batches, off the way of requests.</summary>
internal sealed class TraceExport : IDisposable
{
    private const int FlushMilliseconds = 3000;

    private readonly TracerProvider _provider;

    private TraceExport(TracerProvider provider) => _provider = provider;

    /// <summary>Begins; null when nobody wants traces.</summary>
    public static TraceExport? Start(TraceOptions? options) => options is null ? null : new TraceExport(
        Sdk.CreateTracerProviderBuilder()
            .AddSource(RouterSpans.SourceName)
            .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(options.ServiceName))
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.SampledShare)))
            .AddOtlpExporter(exporter =>
            {
                exporter.Endpoint = options.Endpoint;
                exporter.Protocol = options.UsesGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                exporter.Headers = options.Headers;
                // A collector beside this process is not asked through the proxy that leads out of the network.
                if (options.Endpoint.IsLoopback)
                {
                    exporter.HttpClientFactory = () =>
                        new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMilliseconds(exporter.TimeoutMilliseconds) };
                }
            })
            .Build());

    public void Dispose()
    {
        _provider.ForceFlush(FlushMilliseconds);
        _provider.Dispose();
    }
}
