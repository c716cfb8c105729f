namespace Kthena.Embedded.Runtime;

/// <summary>Keeps records. Reads are from memory; writes are complete when they are as durable as the storage makes them.</summary>
internal interface IStateStorage
{
    StoredState? Read(StateId id);

    /// <summary>Every record whose name begins as given, in a fixed order. It looks at all records.</summary>
    IReadOnlyList<(StateId Id, StoredState State)> List(string namePrefix);

    /// <summary>Stores a record whose version must still be the one given and returns the new version.</summary>
    /// <exception cref="Orleans.Storage.InconsistentStateException">Another writer was there first.</exception>
    Task<string> WriteAsync(StateId id, ReadOnlyMemory<byte> json, string? etag);

    /// <summary>Removes a record whose version must still be the one given.</summary>
    /// <exception cref="Orleans.Storage.InconsistentStateException">Another writer was there first.</exception>
    Task ClearAsync(StateId id, string? etag);
}
