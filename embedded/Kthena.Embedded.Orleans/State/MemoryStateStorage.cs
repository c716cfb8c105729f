using System.Globalization;
using Orleans.Storage;

namespace Kthena.Embedded.Runtime;

/// <summary>Keeps records until the process ends.</summary>
internal sealed class MemoryStateStorage : IStateStorage
{
    private readonly Dictionary<StateId, StoredState> _records = [];
    private readonly Lock _gate = new();
    private long _version;

    public StoredState? Read(StateId id)
    {
        lock (_gate)
        {
            return _records.GetValueOrDefault(id);
        }
    }

    public IReadOnlyList<(StateId Id, StoredState State)> List(string namePrefix)
    {
        lock (_gate)
        {
            return
            [
                .. _records.Where(record => record.Key.Name.StartsWith(namePrefix, StringComparison.Ordinal))
                    .OrderBy(record => record.Key.GrainClass, StringComparer.Ordinal)
                    .ThenBy(record => record.Key.Key, StringComparer.Ordinal)
                    .ThenBy(record => record.Key.Name, StringComparer.Ordinal)
                    .Select(record => (record.Key, record.Value)),
            ];
        }
    }

    public Task<string> WriteAsync(StateId id, ReadOnlyMemory<byte> json, string? etag)
    {
        try
        {
            return Task.FromResult(Put(id, json, etag).Stored.Etag);
        }
        catch (InconsistentStateException exception)
        {
            return Task.FromException<string>(exception);
        }
    }

    public Task ClearAsync(StateId id, string? etag)
    {
        try
        {
            Remove(id, etag);
            return Task.CompletedTask;
        }
        catch (InconsistentStateException exception)
        {
            return Task.FromException(exception);
        }
    }

    /// <summary>Takes in a record that was stored before; not for records that are in use.</summary>
    public void Load(StateId id, StoredState stored)
    {
        lock (_gate)
        {
            _records[id] = stored;
            _version = Math.Max(_version, long.Parse(stored.Etag, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Stores a record; also returns what was there before.</summary>
    public (StoredState Stored, StoredState? Before) Put(StateId id, ReadOnlyMemory<byte> json, string? etag)
    {
        lock (_gate)
        {
            var before = Check(id, etag);
            var stored = new StoredState(json, (++_version).ToString(CultureInfo.InvariantCulture));
            _records[id] = stored;
            return (stored, before);
        }
    }

    /// <summary>Removes a record and returns it.</summary>
    public StoredState? Remove(StateId id, string? etag)
    {
        lock (_gate)
        {
            var before = Check(id, etag);
            _records.Remove(id);
            return before;
        }
    }

    /// <summary>Takes a change back, unless there was another one after it.</summary>
    public void Restore(StateId id, StoredState? changed, StoredState? before)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_records.GetValueOrDefault(id), changed))
            {
                return;
            }

            if (before is null)
            {
                _records.Remove(id);
            }
            else
            {
                _records[id] = before;
            }
        }
    }

    private StoredState? Check(StateId id, string? etag)
    {
        var stored = _records.GetValueOrDefault(id);
        return stored?.Etag == etag
            ? stored
            : throw new InconsistentStateException(
                $"Record {id} was changed by another writer: version {stored?.Etag ?? "none"} is stored, {etag ?? "none"} was read.",
                stored?.Etag,
                etag);
    }
}
