using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>Something that can be called through a reference: a grain or an observer.</summary>
    public interface IAddressable;
}

namespace Orleans
{
    /// <summary>Marks an interface whose calls are carried to a grain.</summary>
    public interface IGrain : IAddressable;

    /// <summary>A grain whose key is a string.</summary>
    public interface IGrainWithStringKey : IGrain;

    /// <summary>A grain whose key is a number.</summary>
    public interface IGrainWithIntegerKey : IGrain;

    /// <summary>Marks an interface whose calls are carried to an object that a client registered.</summary>
    public interface IGrainObserver : IAddressable;
}
