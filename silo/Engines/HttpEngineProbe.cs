using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using Kthena.Grains.Routing;
using Kthena.Model.Routing;
using Kthena.Routing.Engines;

namespace Kthena.Silo.Engines;

/// <summary>
/// Asks engines over HTTP. Answers are read into pooled buffers and bounded; only a 200 says anything. Neither proxy nor redirects:
/// the address is the pod's own.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class HttpEngineProbe(TimeProvider time) : IEngineProbe, IDisposable
{
    private const int AnswerBytesMax = 4 * 1024 * 1024;
    private const int FirstRead = 96 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _engines = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        // Longer than the time between two scrapes of an idle engine.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        MaxConnectionsPerServer = 2,
    });

    /// <inheritdoc/>
    public async Task<EngineScrape> ScrapeAsync(EngineEndpoint endpoint, bool asksModels, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        EngineMetrics? metrics = await GetAsync(
            $"{endpoint.BaseUrl}/metrics", static answer => EngineMetricsReader.Read(answer.Span) is { IsEngine: true } read ? read : (EngineMetrics?)null, either.Token);
        if (metrics is null)
            return EngineScrape.Failed;
        ImmutableArray<string>? models = asksModels
            ? await GetAsync($"{endpoint.BaseUrl}/v1/models", static answer => EngineModelsReader.Read(answer), either.Token)
            : null;
        return new EngineScrape(metrics, models);
    }

    /// <inheritdoc/>
    public void Dispose() => _engines.Dispose();

    /// <summary>Reads an answer; null when it did not come in time, is no success, or says nothing.</summary>
    private async Task<T?> GetAsync<T>(string address, Func<ReadOnlyMemory<byte>, T?> read, CancellationToken cancellation)
        where T : struct
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstRead);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using HttpResponseMessage response = await _engines.SendAsync(request, cancellation);
            if (response.StatusCode != HttpStatusCode.OK)
                return null;
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
            int length = 0;
            while (await body.ReadAsync(buffer.AsMemory(length), cancellation) is int more and > 0)
            {
                length += more;
                if (length > AnswerBytesMax)
                    return null;
                if (length == buffer.Length)
                    buffer = Larger(buffer);
            }
            return read(buffer.AsMemory(0, length));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or UriFormatException)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Larger(byte[] buffer)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
