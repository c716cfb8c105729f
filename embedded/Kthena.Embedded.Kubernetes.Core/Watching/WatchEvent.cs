using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Watching;

/// <summary>One change of one object, shared by all who watch.</summary>
/// <param name="Now">The object after the change, or its last state.</param>
/// <param name="Previous">The object before; null when it is new.</param>
/// <param name="IsDelete">Whether the object is gone.</param>
internal sealed record WatchEvent(StoredObject Now, StoredObject? Previous, bool IsDelete)
{
    public long ResourceVersion => Now.ResourceVersion;
}
