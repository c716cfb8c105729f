namespace Kthena.Embedded.Kubernetes;

/// <summary>The data folder cannot be read or written.</summary>
public sealed class DataFolderUnusableException : EmbeddedApiServerException
{
    internal DataFolderUnusableException(string folder, Exception cause)
        : base($"The data folder {folder} cannot be used: {cause.Message} Correct its permissions, or choose another data folder.", cause)
    {
    }
}
