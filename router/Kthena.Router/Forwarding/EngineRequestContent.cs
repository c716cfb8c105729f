using System.Net;
using Kthena.Routing.Body;

namespace Kthena.Router.Forwarding;

/// <summary>
/// A request body on its way to an engine: the client's bytes as they lie in the pooled buffer, with the edits spliced in while
/// writing. A new one for each attempt.
/// </summary>
internal sealed class EngineRequestContent(ReadOnlyMemory<byte> body, BodyEdits edits) : HttpContent
{
    private int _writers;

    /// <summary>Whether an attempt that has ended may still be writing: the buffer must not be used again.</summary>
    public bool IsBeingWritten => Volatile.Read(ref _writers) > 0;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writers);
        try
        {
            int written = 0;
            for (int index = 0; index < edits.Count; index++)
            {
                BodyEdit edit = edits[index];
                await stream.WriteAsync(body[written..edit.Start], cancellationToken);
                await stream.WriteAsync(edit.Inserted, cancellationToken);
                written = edit.Start + edit.Removed;
            }
            await stream.WriteAsync(body[written..], cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _writers);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length + edits.Growth;
        return true;
    }
}
