using System.Runtime.CompilerServices;

namespace Kthena.Embedded.Engines;

/// <summary>What a simulated container wrote: its last lines, and a way to wait for more.</summary>
public sealed class ContainerLog
{
    /// <summary>Lines that are kept; older ones are dropped.</summary>
    public const int LinesMost = 1000;

    /// <summary>Characters of a line that are kept.</summary>
    public const int LineLengthMost = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<ContainerLogLine> _lines = new();
    private long _written;
    private bool _isEnded;
    private TaskCompletionSource? _more;

    /// <summary>The log of a container that wrote nothing and will not.</summary>
    internal static ContainerLog Empty { get; } = new() { _isEnded = true };

    /// <summary>The lines, oldest first; they end where the container does, or at once when it is not followed.</summary>
    /// <param name="tail">Only so many of the last lines that there are; null is all.</param>
    /// <param name="since">Only lines of this instant and later; null is all.</param>
    /// <param name="follows">Whether lines that are yet to come are wanted too. A reader that is too slow misses some.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<ContainerLogLine> ReadAsync(
        int? tail, DateTimeOffset? since, bool follows, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long from = tail is { } last ? Math.Max(0, Written - last) : 0;
        Task? more;
        do
        {
            ContainerLogLine[] lines;
            lock (_gate)
            {
                long oldest = _written - _lines.Count;
                lines = [.. _lines.Skip((int)(Math.Max(from, oldest) - oldest))];
                from = _written;
                more = _isEnded || !follows ? null : (_more ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            foreach (ContainerLogLine line in lines)
            {
                if (since is null || line.Time >= since)
                    yield return line;
            }
            if (more is not null)
                await more.WaitAsync(cancellationToken);
        }
        while (more is not null);
    }

    /// <summary>Writes a line. What would end it, or is no text, is shown as a question mark.</summary>
    internal void Write(DateTimeOffset time, string text)
    {
        string line = text.Length > LineLengthMost ? $"{text.AsSpan(..(LineLengthMost - 3))}..." : text;
        if (line.Any(char.IsControl))
            line = string.Concat(line.Select(static letter => char.IsControl(letter) ? '?' : letter));
        lock (_gate)
        {
            if (_isEnded)
                return;
            _lines.Enqueue(new ContainerLogLine(time, line));
            _written++;
            if (_lines.Count > LinesMost)
                _lines.Dequeue();
            Wake();
        }
    }

    /// <summary>The container is gone. One that wrote before says so.</summary>
    internal void End(DateTimeOffset time)
    {
        if (Written > 0)
            Write(time, "Stopped");
        lock (_gate)
        {
            _isEnded = true;
            Wake();
        }
    }

    private long Written
    {
        get
        {
            lock (_gate)
                return _written;
        }
    }

    private void Wake()
    {
        _more?.TrySetResult();
        _more = null;
    }
}
