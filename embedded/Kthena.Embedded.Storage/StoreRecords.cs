namespace Kthena.Embedded.Storage;

/// <summary>A record as it was found.</summary>
/// <param name="Key">The key within its space.</param>
/// <param name="Value">The bytes.</param>
public sealed record StoredRecord(string Key, ReadOnlyMemory<byte> Value);

/// <summary>One record to put or to delete.</summary>
public readonly record struct StoreChange
{
    private StoreChange(string space, string key, ReadOnlyMemory<byte>? value)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(key);
        Space = space;
        Key = key;
        Value = value;
    }

    /// <summary>The space that the key belongs to.</summary>
    public string Space { get; }

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>The bytes to put; null deletes the record.</summary>
    public ReadOnlyMemory<byte>? Value { get; }

    /// <summary>Puts a record, whether or not there is one. The bytes must not change before the commit is complete.</summary>
    public static StoreChange Put(string space, string key, ReadOnlyMemory<byte> value) => new(space, key, value);

    /// <summary>Deletes a record, if there is one.</summary>
    public static StoreChange Delete(string space, string key) => new(space, key, null);
}

/// <summary>How a store behaves.</summary>
public sealed record DurableStoreOptions
{
    /// <summary>How long to wait for another process to let go of the file. Default: 2 s.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many bytes of changes may wait for the disk. Default: 256 MiB.</summary>
    public long PendingBytesMax { get; init; } = 256L << 20;

    /// <summary>How many commits share an fsync at most. Default: 1,024.</summary>
    public int GroupMax { get; init; } = 1024;
}
