using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>A fault that the grain runtime reports.</summary>
    [GenerateSerializer]
    public class OrleansException : Exception
    {
        /// <summary>Creates the exception.</summary>
        public OrleansException()
            : base("The grain runtime met a fault that it cannot name.")
        {
        }

        /// <summary>Creates the exception with a message.</summary>
        public OrleansException(string message)
            : base(message)
        {
        }

        /// <summary>Creates the exception with a message and its cause.</summary>
        public OrleansException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>A call was refused before it ran.</summary>
    [GenerateSerializer]
    public class OrleansMessageRejectionException : OrleansException
    {
        internal OrleansMessageRejectionException(string message)
            : base(message)
        {
        }

        internal OrleansMessageRejectionException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>The host is set up in a way that cannot work.</summary>
    [GenerateSerializer]
    public sealed class OrleansConfigurationException : Exception
    {
        /// <summary>Creates the exception with a message.</summary>
        public OrleansConfigurationException(string message)
            : base(message)
        {
        }
    }
}

namespace Orleans.Storage
{
    /// <summary>A record was changed by another writer since it was read.</summary>
    [GenerateSerializer]
    public class InconsistentStateException : OrleansException
    {
        /// <summary>Creates the exception with a message.</summary>
        public InconsistentStateException(string message)
            : base(message)
        {
        }

        /// <summary>Creates the exception with the two versions that differ.</summary>
        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
            : base(errorMsg)
        {
            StoredEtag = storedEtag;
            CurrentEtag = currentEtag;
        }

        /// <summary>Whether it has not yet left the activation that met it.</summary>
        internal bool IsSourceActivation { get; set; } = true;

        /// <summary>The version in storage.</summary>
        public string? StoredEtag { get; }

        /// <summary>The version that the writer had read.</summary>
        public string? CurrentEtag { get; }
    }

    /// <summary>A grain names a storage provider that the host does not have.</summary>
    [GenerateSerializer]
    public sealed class BadProviderConfigException : OrleansException
    {
        /// <summary>Creates the exception with a message.</summary>
        public BadProviderConfigException(string msg)
            : base(msg)
        {
        }
    }
}
