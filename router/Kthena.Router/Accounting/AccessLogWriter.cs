using System.Text;
using System.Threading.Channels;
using Kthena.Routing.Accounting;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Accounting;

/// <summary>
/// Writes the access log off the request path. Entries that find the queue full, and those that the output does not take, are lost
/// and counted; an output that takes lines again gets them again.
/// </summary>
/// <param name="output">Where the lines go; null for nowhere.</param>
/// <param name="format">How they look.</param>
/// <param name="logger">Where a failing output is told of.</param>
internal sealed partial class AccessLogWriter(TextWriter? output, AccessLogFormat format, ILogger<AccessLogWriter> logger)
{
    private const int QueueMax = 16 * 1024;

    private readonly Channel<AccessLogEntry> _queue =
        Channel.CreateBounded<AccessLogEntry>(new BoundedChannelOptions(QueueMax) { SingleReader = true });

    private long _lost;
    private bool _isFailing;

    public bool IsEnabled => output is not null;

    /// <summary>Entries that found the queue full, or the output broken.</summary>
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
            int count = 0;
            while (lines.Length < 64 * 1024 && reader.TryRead(out AccessLogEntry? entry))
            {
                if (format == AccessLogFormat.Json)
                    AccessLogJson.Append(entry, lines);
                else
                    AccessLogText.Append(entry, lines);
                lines.Append('\n');
                count++;
            }
            await WriteAsync(output, lines, count);
            lines.Clear();
        }
    }

    private async Task WriteAsync(TextWriter target, StringBuilder lines, int count)
    {
        try
        {
            await target.WriteAsync(lines);
            await target.FlushAsync();
            _isFailing = false;
        }
        catch (Exception fault)
        {
            Interlocked.Add(ref _lost, count);
            if (!_isFailing)
                LogNotWritten(fault);
            _isFailing = true;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The access log cannot be written; its lines are lost until it can.")]
    private partial void LogNotWritten(Exception exception);
}
