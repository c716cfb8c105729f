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
