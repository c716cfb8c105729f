namespace Kthena.Router.Forwarding;

/// <summary>The read side of <see cref="TappedContent"/>.</summary>
internal sealed class TappedStream(Stream inner, IResponseTap tap, EngineTransformer attempt) : Stream
{
    private bool _hasLetGo;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // What was read before has been written to the client by now.
        _hasLetGo = _hasLetGo || attempt.TryEndAttempts();
        // A read without room asks only whether there is something to read; the 0 that it gives is not the end.
        if (buffer.IsEmpty)
            return tap.IsDrained ? await inner.ReadAsync(buffer, cancellationToken) : 0;
        while (true)
        {
            int waiting = tap.TakeWaiting(buffer.Span);
            if (waiting > 0)
                return waiting;
            int read = await inner.ReadAsync(buffer, cancellationToken);
            int passed = tap.Pass(buffer.Span, read);
            // Withheld bytes are not the end of the answer.
            if (passed > 0 || (read == 0 && tap.IsDrained))
                return passed;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
