using Orleans.Core;

namespace Orleans.Core
{
    /// <summary>Reads and writes one stored record.</summary>
    public interface IStorage
    {
        /// <summary>The version of the record that was last read or written; null when there is none.</summary>
        string? Etag { get; }

        /// <summary>Whether the record exists in storage.</summary>
        bool RecordExists { get; }

        /// <summary>Removes the record.</summary>
        Task ClearStateAsync();

        /// <summary>Stores the state. It is durable when the task completes.</summary>
        Task WriteStateAsync();

        /// <summary>Reads the record anew, dropping unwritten changes.</summary>
        Task ReadStateAsync();
    }

    /// <summary>Reads and writes one stored record of a known type.</summary>
    public interface IStorage<TState> : IStorage
    {
        /// <summary>The state in memory.</summary>
        TState State { get; set; }
    }
}

namespace Orleans.Runtime
{
    /// <summary>A stored record that belongs to a grain and is read before its activation.</summary>
    public interface IPersistentState<TState> : IStorage<TState>;

    /// <summary>Says which record a constructor parameter stands for.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1813", Justification = "Not sealed in the contract.")]
    public class PersistentStateAttribute : Attribute
    {
        /// <summary>Names the record and, unless it is the default one, the storage provider.</summary>
        public PersistentStateAttribute(string stateName, string? storageName = null)
        {
            ArgumentNullException.ThrowIfNull(stateName);
            StateName = stateName;
            StorageName = storageName;
        }

        /// <summary>The record's name within the grain.</summary>
        public string StateName { get; }

        /// <summary>The provider's name; null is the default provider.</summary>
        public string? StorageName { get; }
    }
}
