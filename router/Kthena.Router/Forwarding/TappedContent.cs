using System.Net;

namespace Kthena.Router.Forwarding;

/// <summary>An engine's answer that is looked at while it is read.</summary>
internal sealed class TappedContent(HttpContent inner, IResponseTap tap, EngineTransformer attempt) : HttpContent
{
    protected override async Task<Stream> CreateContentReadStreamAsync() => new TappedStream(await inner.ReadAsStreamAsync(), tap, attempt);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new TappedStream(await inner.ReadAsStreamAsync(cancellationToken), tap, attempt);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        throw new NotSupportedException("The answer is read, never written.");

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
