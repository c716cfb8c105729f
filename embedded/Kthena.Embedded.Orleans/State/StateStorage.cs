namespace Kthena.Embedded.Runtime;

/// <summary>Names one record: the grain's class and key, and the record's name within the grain.</summary>
internal readonly record struct StateId(string GrainClass, string Key, string Name)
{
    public override string ToString() => $"{GrainClass}/{Key}/{Name}";
}

/// <summary>A record as it is stored.</summary>
internal sealed record StoredState(ReadOnlyMemory<byte> Json, string Etag);

/// <summary>Keeps records. Reads are from memory; writes are complete when they are as durable as the storage makes them.</summary>
internal interface IStateStorage
{
    StoredState? Read(StateId id);

    /// <summary>Stores a record whose version must still be the one given and returns the new version.</summary>
    /// <exception cref="Orleans.Storage.InconsistentStateException">Another writer was there first.</exception>
    Task<string> WriteAsync(StateId id, ReadOnlyMemory<byte> json, string? etag);

    /// <summary>Removes a record whose version must still be the one given.</summary>
    /// <exception cref="Orleans.Storage.InconsistentStateException">Another writer was there first.</exception>
    Task ClearAsync(StateId id, string? etag);
}

/// <summary>A provider that is opened when the silo starts.</summary>
internal sealed record StateStorageName(string Name);

/// <summary>Names of storage providers.</summary>
internal static class StateStorageNames
{
    public const string Default = "Default";
}
