namespace Kthena.Embedded.Kubernetes;

/// <summary>Another process uses the data folder.</summary>
public sealed class DataFolderInUseException : EmbeddedApiServerException
{
    internal DataFolderInUseException(string folder, Exception cause)
        : base($"The data folder {folder} is in use by another process. Stop that process, or choose another data folder.", cause)
    {
    }
}
