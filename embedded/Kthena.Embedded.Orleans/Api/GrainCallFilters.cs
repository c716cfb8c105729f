using Orleans.Runtime;

namespace Orleans;

/// <summary>Stands between a call that has arrived and the grain's method. A grain may implement it for its own calls.</summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Sees one call. It must await <see cref="IGrainCallContext.Invoke"/> or set the result.</summary>
    Task Invoke(IIncomingGrainCallContext context);
}

/// <summary>A filter as a function.</summary>
public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

/// <summary>A call on its way through filters.</summary>
public interface IGrainCallContext
{
    /// <summary>The grain object that is called.</summary>
    object Grain { get; }

    /// <summary>The name of the grain that is called.</summary>
    GrainId TargetId { get; }

    /// <summary>The full name of the interface that is called.</summary>
    string InterfaceName { get; }

    /// <summary>The name of the method that is called.</summary>
    string MethodName { get; }

    /// <summary>
    /// The answer, once there is one; null for methods without a value and for calls that failed. Setting it answers the call,
    /// also in the place of a failure.
    /// </summary>
    object? Result { get; set; }

    /// <summary>Goes on to the next filter or to the method. Its fault is thrown here.</summary>
    Task Invoke();
}

/// <summary>A call that has arrived at its grain.</summary>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    /// <summary>The activation that is called.</summary>
    IGrainContext TargetContext { get; }
}
