namespace Kthena.Embedded.Storage;

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
