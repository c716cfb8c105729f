namespace Kthena.Embedded.CodeGeneration;

/// <summary>An assembly's grain interfaces and grain classes, generated.</summary>
public interface IGrainPart
{
    /// <summary>Adds them.</summary>
    void AddTo(IGrainPartBuilder builder);
}
