namespace Kthena.Embedded.Kubernetes;

/// <summary>The server cannot start. The message is one line that names the remedy.</summary>
public class EmbeddedApiServerException : Exception
{
    internal EmbeddedApiServerException(string message, Exception? cause = null) : base(message, cause)
    {
    }
}

/// <summary>Something else listens on the port.</summary>
public sealed class PortInUseException : EmbeddedApiServerException
{
    internal PortInUseException(int port, Exception cause)
        : base($"Port {port} on 127.0.0.1 is in use. Stop what listens there, or choose another port (0 takes a free one).", cause)
    {
    }
}

/// <summary>Another process uses the data folder.</summary>
public sealed class DataFolderInUseException : EmbeddedApiServerException
{
    internal DataFolderInUseException(string folder, Exception cause)
        : base($"The data folder {folder} is in use by another process. Stop that process, or choose another data folder.", cause)
    {
    }
}

/// <summary>The data folder holds something that this server did not write; nothing was changed.</summary>
public sealed class DataFolderDamagedException : EmbeddedApiServerException
{
    internal DataFolderDamagedException(string folder, string finding, Exception cause)
        : base($"The data folder {folder} is damaged and was left as it is: {finding} Restore it from a backup, or move it away to start empty.", cause)
    {
    }
}

/// <summary>The data folder cannot be read or written.</summary>
public sealed class DataFolderUnusableException : EmbeddedApiServerException
{
    internal DataFolderUnusableException(string folder, Exception cause)
        : base($"The data folder {folder} cannot be used: {cause.Message} Correct its permissions, or choose another data folder.", cause)
    {
    }
}
