using System.Buffers;

namespace Kthena.Router.Gateway;

/// <summary>The pooled buffers that bodies of requests lie in, and how much of them is in use.</summary>
internal sealed class BodyBuffers
{
    private long _heldBytes;

    /// <summary>The length of all buffers that requests hold.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes);

    public byte[] Rent(int length)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        Interlocked.Add(ref _heldBytes, buffer.Length);
        return buffer;
    }

    public void Return(byte[] buffer)
    {
        Abandon(buffer);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>The request is done with a buffer that somebody may still be reading: nobody else may ever have it.</summary>
    public void Abandon(byte[] buffer) => Interlocked.Add(ref _heldBytes, -buffer.Length);
}
