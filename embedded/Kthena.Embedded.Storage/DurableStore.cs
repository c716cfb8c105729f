namespace Kthena.Embedded.Storage;

/// <summary>
/// Records on one SQLite file. The owner reads each space once and keeps it; changes are committed by a thread of the store's own.
/// </summary>
public sealed class DurableStore : IAsyncDisposable
{
    private readonly string _path;
    private readonly DurableStoreOptions _options;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Queue<Work> _pending = new();
    private long _pendingBytes;
    private Ending _ending;

    private DurableStore(string path, DurableStoreOptions options)
    {
        _path = path;
        _options = options;
        new Thread(Run) { IsBackground = true, Name = "store " + System.IO.Path.GetFileName(path) }.Start();
    }

    private enum Ending
    {
        None,
        Closed,
        Abandoned,
    }

    /// <summary>Whether the last owner ended without disposing the store; the file was then checked.</summary>
    public bool WasUnclean { get; private set; }

    /// <summary>Opens or creates the file, whose folder must exist. Blocks until it is ready.</summary>
    /// <exception cref="StoreInUseException">Another process has it open.</exception>
    /// <exception cref="StoreDamagedException">It is damaged; it was not changed.</exception>
    /// <exception cref="StoreException">It cannot be used for another reason, which the message names with its remedy.</exception>
    public static DurableStore Open(string path, DurableStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var store = new DurableStore(System.IO.Path.GetFullPath(path), options ?? new DurableStoreOptions());
        store._opened.Task.GetAwaiter().GetResult();
        return store;
    }

    /// <summary>Reads a space from the file, in order of keys. Blocks; for an owner's start.</summary>
    public IReadOnlyList<StoredRecord> ReadAll(string space)
    {
        ArgumentNullException.ThrowIfNull(space);
        var read = new Reading(space);
        Enqueue(read);
        return read.Completion.Task.GetAwaiter().GetResult();
    }

    /// <summary>
    /// Makes all changes or none. Commits take effect in the order of the calls; the task completes when the changes are on disk.
    /// </summary>
    /// <exception cref="StoreOverloadedException">Too much waits for the disk already.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public Task CommitAsync(IReadOnlyList<StoreChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Count == 0)
        {
            return Task.CompletedTask;
        }

        var commit = new Commit(changes);
        Enqueue(commit);
        return commit.Completion.Task;
    }

    /// <summary>Writes what waits, notes that the file is in order, and closes it.</summary>
    public ValueTask DisposeAsync() => EndAsync(Ending.Closed);

    /// <summary>Ends as a killed process does: what waits is lost and its tasks fail, and the next open checks the file.</summary>
    public ValueTask AbandonAsync() => EndAsync(Ending.Abandoned);

    private ValueTask EndAsync(Ending ending)
    {
        lock (_gate)
        {
            if (_ending == Ending.None)
            {
                _ending = ending;
                _wake.Release();
            }
        }

        return new ValueTask(_closed.Task);
    }

    private void Enqueue(Work work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ending != Ending.None, this);
            if (_pendingBytes > 0 && _pendingBytes + work.Bytes > _options.PendingBytesMax)
            {
                throw new StoreOverloadedException(_path, _pendingBytes);
            }

            _pendingBytes += work.Bytes;
            _pending.Enqueue(work);
            if (_pending.Count == 1)
            {
                _wake.Release();
            }
        }
    }

    private void Run()
    {
        SqliteFile file;
        try
        {
            file = SqliteFile.Open(_path, _options);
            WasUnclean = file.WasUnclean;
        }
        catch (Exception exception)
        {
            _ending = Ending.Closed;
            _opened.SetException(exception);
            _closed.SetResult();
            return;
        }

        _opened.SetResult();
        try
        {
            Serve(file);
            _closed.SetResult();
        }
        catch (Exception exception)
        {
            _closed.SetException(exception);
        }
    }

    private void Serve(SqliteFile file)
    {
        var spare = new Queue<Work>();
        Ending ending;
        do
        {
            _wake.Wait();
            Queue<Work> taken;
            lock (_gate)
            {
                ending = _ending;
                (taken, _pending) = (_pending, spare);
                _pendingBytes = 0;
            }

            Do(file, taken, ending);
            spare = taken;
        }
        while (ending == Ending.None);

        using (file)
        {
            if (ending == Ending.Closed)
            {
                file.Leave();
            }
        }
    }

    private void Do(SqliteFile file, Queue<Work> taken, Ending ending)
    {
        var group = new List<Commit>();
        while (taken.TryDequeue(out var work))
        {
            if (ending == Ending.Abandoned)
            {
                work.Fail(new StoreException($"The store on {_path} was abandoned before this was written."));
            }
            else if (work is Commit commit)
            {
                group.Add(commit);
                if (group.Count >= _options.GroupMax)
                {
                    CommitGroup(file, group);
                }
            }
            else
            {
                CommitGroup(file, group);
                ((Reading)work).Run(file);
            }
        }

        CommitGroup(file, group);
    }

    /// <summary>One fsync for all; if that fails, each alone, so that a bad change fails only its own commit.</summary>
    private static void CommitGroup(SqliteFile file, List<Commit> group)
    {
        if (group.Count == 0)
        {
            return;
        }

        try
        {
            file.Commit(group.SelectMany(commit => commit.Changes));
            group.ForEach(commit => commit.Completion.SetResult());
        }
        catch (Exception) when (group.Count > 1)
        {
            foreach (var commit in group)
            {
                CommitGroup(file, [commit]);
            }
        }
        catch (Exception exception)
        {
            group[0].Fail(exception);
        }

        group.Clear();
    }

    private abstract class Work
    {
        public virtual long Bytes => 0;

        public abstract void Fail(Exception exception);
    }

    private sealed class Commit(IReadOnlyList<StoreChange> changes) : Work
    {
        private const int Overhead = 64;

        public IReadOnlyList<StoreChange> Changes { get; } = changes;

        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override long Bytes { get; } = changes.Sum(change => Overhead + (long)(change.Value?.Length ?? 0));

        public override void Fail(Exception exception) => Completion.TrySetException(exception);
    }

    private sealed class Reading(string space) : Work
    {
        public TaskCompletionSource<IReadOnlyList<StoredRecord>> Completion { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Fail(Exception exception) => Completion.TrySetException(exception);

        public void Run(SqliteFile file)
        {
            try
            {
                Completion.SetResult(file.ReadAll(space));
            }
            catch (Exception exception)
            {
                Fail(exception);
            }
        }
    }
}
