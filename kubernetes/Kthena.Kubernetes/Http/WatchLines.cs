using System.Buffers;
using System.Runtime.CompilerServices;
using Kthena.Kubernetes.Core;

namespace Kthena.Kubernetes;

/// <summary>Cuts a stream into lines as they arrive, holding no more than the line at hand.</summary>
internal static class WatchLines
{
    private const int FirstSize = 16 * 1024;
    private const int LineLengthMax = 32 * 1024 * 1024;

    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
        try
        {
            int start = 0, end = 0;
            while (true)
            {
                if (end == buffer.Length)
                    (buffer, start, end) = MakeRoom(buffer, start, end);
                int scanned = end;
                int read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
                if (read == 0)
                    break;
                end += read;
                for (int newline; (newline = buffer.AsSpan(scanned, end - scanned).IndexOf((byte)'\n')) >= 0;)
                {
                    int length = scanned + newline - start;
                    if (length > 0)
                        yield return buffer.AsMemory(start, length);
                    start = scanned = scanned + newline + 1;
                }
                if (start == end)
                    start = end = 0;
            }
            if (end > start)
                throw new KubernetesUnreachableException("The watch ended in the middle of an event.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static (byte[] Buffer, int Start, int End) MakeRoom(byte[] buffer, int start, int end)
    {
        int length = end - start;
        if (length > LineLengthMax)
            throw new KubernetesUnreachableException($"A watch event is longer than {LineLengthMax} bytes.");
        byte[] next = length > buffer.Length / 2 ? ArrayPool<byte>.Shared.Rent(buffer.Length * 2) : buffer;
        buffer.AsSpan(start, length).CopyTo(next);
        if (next != buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        return (next, 0, length);
    }
}
