using System.Net;
using Kthena.Routing.Body;

namespace Kthena.Router.Forwarding;

/// <summary>
/// A request body on its way to an engine: the client's bytes as they lie in the pooled buffer, with the edits spliced in while
/// writing. A new one for each attempt.
/// </summary>
internal sealed class EngineRequestContent(ReadOnlyMemory<byte> body, BodyEdits edits) : HttpContent
{
    private const int Ended = int.MinValue;

    private readonly int _bodyLength = body.Length;
    private int _writers;
    private bool _isWritten;

    /// <summary>Whether an attempt that has ended may still be writing: the buffer must not be used again.</summary>
    public bool IsBeingWritten => Volatile.Read(ref _writers) > 0;

    /// <summary>
    /// Lets go of the body if all of it was written: nobody can write it again then. An engine that speaks HTTP/2 may answer before
    /// it has read the request.
    /// </summary>
    public bool TryEnd()
    {
        if (!Volatile.Read(ref _isWritten) || Interlocked.CompareExchange(ref _writers, Ended, 0) != 0)
            return false;
        body = default;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            ObjectDisposedException.ThrowIf(Interlocked.Increment(ref _writers) <= 0, this);
            int written = 0;
            for (int index = 0; index < edits.Count; index++)
            {
                BodyEdit edit = edits[index];
                await stream.WriteAsync(body[written..edit.Start], cancellationToken);
                await stream.WriteAsync(edit.Inserted, cancellationToken);
                written = edit.Start + edit.Removed;
            }
            await stream.WriteAsync(body[written..], cancellationToken);
            Volatile.Write(ref _isWritten, true);
        }
        finally
        {
            Interlocked.Decrement(ref _writers);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _bodyLength + edits.Growth;
        return true;
    }
}
