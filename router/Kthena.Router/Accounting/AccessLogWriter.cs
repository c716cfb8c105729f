using System.Text;
using System.Threading.Channels;
using Kthena.Routing.Accounting;

namespace Kthena.Router.Accounting;

/// <summary>Writes the access log off the request path. When the queue is full, entries are lost and counted.</summary>
/// <param name="output">Where the lines go; null for nowhere.</param>
/// <param name="format">How they look.</param>
internal sealed class AccessLogWriter(TextWriter? output, AccessLogFormat format)
{
    private const int QueueMax = 16 * 1024;

    private readonly Channel<AccessLogEntry> _queue =
        Channel.CreateBounded<AccessLogEntry>(new BoundedChannelOptions(QueueMax) { SingleReader = true });

    private long _lost;

    public bool IsEnabled => output is not null;

    /// <summary>Entries that found the queue full.</summary>
    public long Lost => Volatile.Read(ref _lost);

    public void Write(AccessLogEntry entry)
    {
        if (!_queue.Writer.TryWrite(entry))
            Interlocked.Increment(ref _lost);
    }

    /// <summary>Nothing more comes; <see cref="RunAsync"/> ends when all is written.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    public async Task RunAsync()
    {
        if (output is null)
            return;
        var lines = new StringBuilder();
        ChannelReader<AccessLogEntry> reader = _queue.Reader;
        while (await reader.WaitToReadAsync())
        {
            while (lines.Length < 64 * 1024 && reader.TryRead(out AccessLogEntry? entry))
            {
                if (format == AccessLogFormat.Json)
                    AccessLogJson.Append(entry, lines);
                else
                    AccessLogText.Append(entry, lines);
                lines.Append('\n');
            }
            await output.WriteAsync(lines);
            await output.FlushAsync();
            lines.Clear();
        }
    }
}
