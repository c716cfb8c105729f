using System.Buffers.Binary;
using System.Globalization;
using Kthena.Embedded.Storage;

namespace Kthena.Embedded.Runtime;

/// <summary>Keeps records on a file; reads are from memory, and a write completes when it is on disk.</summary>
internal sealed class SqliteStateStorage : IStateStorage, IAsyncDisposable, IDisposable
{
    private const string Space = "grain-state";
    private const char Separator = '\n';
    private const int VersionBytes = sizeof(long);

    private readonly DurableStore _store;
    private readonly MemoryStateStorage _memory = new();

    public SqliteStateStorage(string path)
    {
        _store = DurableStore.Open(path);
        foreach (var record in _store.ReadAll(Space))
        {
            var version = BinaryPrimitives.ReadInt64LittleEndian(record.Value.Span);
            _memory.Load(
                ToId(record.Key),
                new StoredState(record.Value[VersionBytes..], version.ToString(CultureInfo.InvariantCulture)));
        }
    }

    public StoredState? Read(StateId id) => _memory.Read(id);

    public IReadOnlyList<(StateId Id, StoredState State)> List(string namePrefix) => _memory.List(namePrefix);

    public async Task<string> WriteAsync(StateId id, ReadOnlyMemory<byte> json, string? etag)
    {
        Task commit;
        StoredState stored;
        StoredState? before;
        lock (_store)
        {
            (stored, before) = _memory.Put(id, json, etag);
            commit = TryCommit(StoreChange.Put(Space, ToKey(id), ToBytes(stored)));
        }

        await CompleteAsync(commit, id, stored, before);
        return stored.Etag;
    }

    public async Task ClearAsync(StateId id, string? etag)
    {
        Task commit;
        StoredState? before;
        lock (_store)
        {
            before = _memory.Remove(id, etag);
            commit = TryCommit(StoreChange.Delete(Space, ToKey(id)));
        }

        await CompleteAsync(commit, id, null, before);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static string ToKey(StateId id) => string.Join(Separator, id.GrainClass, id.Name, id.Key);

    private static StateId ToId(string key)
    {
        var parts = key.Split(Separator, 3);
        return new StateId(parts[0], parts[2], parts[1]);
    }

    private static byte[] ToBytes(StoredState stored)
    {
        var bytes = new byte[VersionBytes + stored.Json.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, long.Parse(stored.Etag, CultureInfo.InvariantCulture));
        stored.Json.Span.CopyTo(bytes.AsSpan(VersionBytes));
        return bytes;
    }

    private Task TryCommit(StoreChange change)
    {
        try
        {
            return _store.CommitAsync([change]);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            return Task.FromException(exception);
        }
    }

    /// <summary>What did not reach the disk must not be read either.</summary>
    private async Task CompleteAsync(Task commit, StateId id, StoredState? changed, StoredState? before)
    {
        try
        {
            await commit;
        }
        catch
        {
            _memory.Restore(id, changed, before);
            throw;
        }
    }
}
