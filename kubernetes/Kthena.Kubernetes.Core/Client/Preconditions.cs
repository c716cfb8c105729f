namespace Kthena.Kubernetes.Core;

/// <summary>What must still hold of an object for a write to happen; otherwise the server answers with a conflict.</summary>
/// <param name="Uid">The object's UID; null asks nothing.</param>
/// <param name="ResourceVersion">The object's version; null asks nothing.</param>
public readonly record struct Preconditions(string? Uid = null, string? ResourceVersion = null)
{
    /// <summary>Whether nothing is asked.</summary>
    public bool IsEmpty => Uid is null && ResourceVersion is null;
}
