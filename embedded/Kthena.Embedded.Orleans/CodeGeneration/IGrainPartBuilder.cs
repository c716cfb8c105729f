namespace Kthena.Embedded.CodeGeneration;

/// <summary>Collects the grain interfaces and grain classes of all assemblies.</summary>
public interface IGrainPartBuilder
{
    /// <summary>Adds an interface and what makes references of it.</summary>
    void AddInterface(Type grainInterface, Func<GrainTarget, object> createProxy);

    /// <summary>Adds a class and the grain interfaces that it implements.</summary>
    void AddClass(Type grainClass, Type[] grainInterfaces);
}
