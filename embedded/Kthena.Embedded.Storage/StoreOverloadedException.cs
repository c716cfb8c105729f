namespace Kthena.Embedded.Storage;

/// <summary>More changes wait for the disk than may.</summary>
public sealed class StoreOverloadedException : StoreException
{
    internal StoreOverloadedException(string path, long pendingBytes)
        : base(
            $"{pendingBytes} bytes of changes wait to be written to {path}: the disk is slower than its writers. Await earlier "
            + "commits, or put the data folder on a faster disk.")
    {
    }
}
