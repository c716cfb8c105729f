namespace Kthena.Embedded.Storage;

/// <summary>The file is not what was written. It is left as it is.</summary>
public sealed class StoreDamagedException : StoreException
{
    internal StoreDamagedException(string path, string finding, Exception? cause = null)
        : base(
            $"The file {path} is damaged ({finding}). It was not changed. Restore it and the file {path}-wal beside it from a "
            + "backup, or move both away to start empty.",
            cause)
    {
    }
}
