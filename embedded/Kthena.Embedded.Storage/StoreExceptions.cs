namespace Kthena.Embedded.Storage;

/// <summary>The store cannot do what was asked. The message says what to do about it.</summary>
public class StoreException : IOException
{
    internal StoreException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>Another process has the file open.</summary>
public sealed class StoreInUseException : StoreException
{
    internal StoreInUseException(string path, Exception cause)
        : base($"The file {path} is in use by another process. Stop that process, or choose another data folder.", cause)
    {
    }
}

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
