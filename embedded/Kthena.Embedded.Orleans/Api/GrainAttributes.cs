namespace Orleans
{
    /// <summary>Keeps a grain class from idle collection.</summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1813", Justification = "Not sealed in the contract.")]
    public class KeepAliveAttribute : Attribute;

    /// <summary>The stable name of a grain class, under which its state is stored.</summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Design", "CA1019", Justification = "The contract has no accessor for the name.")]
    public sealed class GrainTypeAttribute : Attribute
    {
        /// <summary>Gives the name.</summary>
        public GrainTypeAttribute(string grainType) => Name = grainType;

        internal string Name { get; }
    }
}

namespace Orleans.Concurrency
{
    /// <summary>A method that changes nothing: its calls may run between each other's turns.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ReadOnlyAttribute : Attribute;

    /// <summary>A grain class whose calls may all run between each other's turns.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ReentrantAttribute : Attribute;

    /// <summary>A method whose calls may run between the turns of any other.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class AlwaysInterleaveAttribute : Attribute;

    /// <summary>A method that is sent and not answered: its task is complete at once and its faults are only logged.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class OneWayAttribute : Attribute;
}
