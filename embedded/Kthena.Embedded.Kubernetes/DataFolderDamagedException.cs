namespace Kthena.Embedded.Kubernetes;

/// <summary>The data folder holds something that this server did not write; nothing was changed.</summary>
public sealed class DataFolderDamagedException : EmbeddedApiServerException
{
    internal DataFolderDamagedException(string folder, string finding, Exception cause)
        : base($"The data folder {folder} is damaged and was left as it is: {finding} Restore it from a backup, or move it away to start empty.", cause)
    {
    }
}
