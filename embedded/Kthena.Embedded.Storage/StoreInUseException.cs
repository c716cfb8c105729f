namespace Kthena.Embedded.Storage;

/// <summary>Another process has the file open.</summary>
public sealed class StoreInUseException : StoreException
{
    internal StoreInUseException(string path, Exception cause)
        : base($"The file {path} is in use by another process. Stop that process, or choose another data folder.", cause)
    {
    }
}
