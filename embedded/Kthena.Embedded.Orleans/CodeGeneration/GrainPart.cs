namespace Kthena.Embedded.CodeGeneration;

/// <summary>Names the generated list of an assembly's grain interfaces and grain classes.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class GrainPartAttribute : Attribute
{
    /// <summary>Names the list; it implements <see cref="IGrainPart"/>.</summary>
    public GrainPartAttribute(Type part) => Part = part;

    /// <summary>The list.</summary>
    public Type Part { get; }
}

/// <summary>Names a referenced assembly that has a list of its own, so that a silo loads it though no code touches it yet.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class GrainPartReferenceAttribute : Attribute
{
    /// <summary>Names the assembly.</summary>
    public GrainPartReferenceAttribute(string assemblyName) => AssemblyName = assemblyName;

    /// <summary>The assembly's simple name.</summary>
    public string AssemblyName { get; }
}

/// <summary>An assembly's grain interfaces and grain classes, generated.</summary>
public interface IGrainPart
{
    /// <summary>Adds them.</summary>
    void AddTo(IGrainPartBuilder builder);
}

/// <summary>Collects the grain interfaces and grain classes of all assemblies.</summary>
public interface IGrainPartBuilder
{
    /// <summary>Adds an interface and what makes references of it.</summary>
    void AddInterface(Type grainInterface, Func<GrainTarget, object> createProxy);

    /// <summary>Adds a class and the grain interfaces that it implements.</summary>
    void AddClass(Type grainClass, Type[] grainInterfaces);
}
