using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Watching;

/// <summary>One line of a watch, in the three pieces that are sent one after the other.</summary>
/// <param name="Head">What stands before the object.</param>
/// <param name="Content">The object; shared with the store and not to be written to.</param>
/// <param name="Tail">What stands behind the object, with the line's end.</param>
public readonly record struct WatchFrame(ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Content, ReadOnlyMemory<byte> Tail);

/// <summary>
/// An open watch: the state at its start, if asked for, then changes as they become durable. It keeps a position in the
/// kind's history and owns no thread; one reader reads it. It ends by itself after its time limit or when the reader is
/// so slow that its position is forgotten, in which case the last frame is an <c>ERROR</c> with code 410.
/// </summary>
public sealed class WatchStream : IDisposable
{
    private static readonly TimeSpan BookmarkPeriod = TimeSpan.FromSeconds(60);
    private static readonly ReadOnlyMemory<byte> Tail = "}\n"u8.ToArray();

    private readonly Lock _gate = new();
    private readonly WatchHistory _history;
    private readonly WatchSource _source;
    private readonly ITimer? _deadline;
    private readonly ITimer? _bookmarks;
    private ImmutableArray<StoredObject> _initial;
    private int _initialAt;
    private long _position;
    private bool _isInitialEndDue;
    private volatile bool _isBookmarkDue;
    private volatile bool _isEnded;
    private bool _isAwake;
    private TaskCompletionSource? _signal;

    internal WatchStream(WatchHistory history, long position, ImmutableArray<StoredObject> initial, WatchSource source, TimeProvider time)
    {
        _history = history;
        _position = position;
        _initial = initial;
        _source = source;
        _isInitialEndDue = source.MarksInitialEnd;
        if (source.Timeout is { } timeout)
            _deadline = time.CreateTimer(static state => ((WatchStream)state!).End(), this, timeout, System.Threading.Timeout.InfiniteTimeSpan);
        if (source.AllowsBookmarks)
            _bookmarks = time.CreateTimer(static state => ((WatchStream)state!).RequestBookmark(), this, BookmarkPeriod, BookmarkPeriod);
    }

    /// <summary>Waits until there may be something to read.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the watch has ended.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellation = default)
    {
        while (!_isEnded)
        {
            if (_initialAt < _initial.Length || _isInitialEndDue || _isBookmarkDue)
                return true;
            if (!_history.TryRead(_position, out WatchEvent? happened) || happened is not null)
                return true;
            TaskCompletionSource signal;
            lock (_gate)
            {
                if (_isAwake)
                {
                    _isAwake = false;
                    continue;
                }
                _signal = signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            _history.WakeAt(_position, this);
            // Not WaitAsync: it would go through the thread pool, where a simulation must not go.
            using CancellationTokenRegistration cancelled = cancellation.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), signal);
            await signal.Task;
        }
        return false;
    }

    /// <summary>Takes the next frame, if one is there.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryRead([NotNullWhen(true)] out WatchFrame? frame)
    {
        frame = null;
        if (_isEnded)
            return false;
        if (_initialAt < _initial.Length)
        {
            frame = Frame("ADDED", _initial[_initialAt++]);
            return true;
        }
        _initial = [];
        _initialAt = 0;
        if (_isInitialEndDue)
        {
            _isInitialEndDue = false;
            frame = Frame("BOOKMARK", _source.Bookmark(_source.StartVersion, isInitialEnd: true));
            return true;
        }
        return TryReadChange(out frame);
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose() => End();

    internal void Wake()
    {
        TaskCompletionSource? signal;
        lock (_gate)
        {
            signal = _signal;
            _signal = null;
            _isAwake = signal is null;
        }
        signal?.TrySetResult();
    }

    private bool TryReadChange([NotNullWhen(true)] out WatchFrame? frame)
    {
        long published = _source.PublishedVersion();
        while (true)
        {
            if (!_history.TryRead(_position, out WatchEvent? happened))
            {
                frame = Frame("ERROR", ApiError.Expired("too old resource version: the watch could not keep up").ToStatusJson());
                End();
                return true;
            }
            if (happened is null)
                break;
            _position++;
            // The state at the start may be ahead of what is durable: what it already shows is not said again.
            if (happened.ResourceVersion <= _source.StartVersion)
                continue;
            bool matches = !happened.IsDelete && _source.Matches(happened.Now);
            bool matched = happened.Previous is not null && _source.Matches(happened.Previous);
            string? type = (matches, matched) switch
            {
                (true, false) => "ADDED",
                (true, true) => "MODIFIED",
                (false, true) => "DELETED",
                (false, false) => null,
            };
            if (type is null)
                continue;
            frame = Frame(type, happened.Now);
            return true;
        }
        frame = null;
        if (!_isBookmarkDue)
            return false;
        _isBookmarkDue = false;
        frame = Frame("BOOKMARK", _source.Bookmark(Math.Max(published, _source.StartVersion), isInitialEnd: false));
        return true;
    }

    private WatchFrame Frame(string type, StoredObject stored) => Frame(type, _source.Format(stored));

    private static WatchFrame Frame(string type, ReadOnlyMemory<byte> json) =>
        new(Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"), json, Tail);

    private void RequestBookmark()
    {
        _isBookmarkDue = true;
        Wake();
    }

    private void End()
    {
        if (_isEnded)
            return;
        _isEnded = true;
        _deadline?.Dispose();
        _bookmarks?.Dispose();
        _history.Forget(this);
        Wake();
    }
}

/// <summary>What one watch asked for.</summary>
internal sealed class WatchSource
{
    public required Func<StoredObject, bool> Matches { get; init; }

    /// <summary>An object as the client wants it: itself, or a table row.</summary>
    public required Func<StoredObject, ReadOnlyMemory<byte>> Format { get; init; }

    public required Func<long> PublishedVersion { get; init; }

    /// <summary>The object of a bookmark.</summary>
    public required Func<long, bool, ReadOnlyMemory<byte>> BookmarkObject { get; init; }

    public required long StartVersion { get; init; }

    public bool MarksInitialEnd { get; init; }

    public bool AllowsBookmarks { get; init; }

    public TimeSpan? Timeout { get; init; }

    public ReadOnlyMemory<byte> Bookmark(long version, bool isInitialEnd) => BookmarkObject(version, isInitialEnd);
}
