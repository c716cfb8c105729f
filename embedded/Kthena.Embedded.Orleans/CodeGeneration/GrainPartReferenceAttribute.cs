namespace Kthena.Embedded.CodeGeneration;

/// <summary>Names a referenced assembly that has a list of its own, so that a silo loads it though no code touches it yet.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class GrainPartReferenceAttribute : Attribute
{
    /// <summary>Names the assembly.</summary>
    public GrainPartReferenceAttribute(string assemblyName) => AssemblyName = assemblyName;

    /// <summary>The assembly's simple name.</summary>
    public string AssemblyName { get; }
}
