namespace Kthena.Embedded.Storage;

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
