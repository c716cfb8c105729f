using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Planning.Writes;

/// <summary>
/// One write to the Kubernetes API that a plan asks for. Each has a deterministic name or a precondition, so doing it
/// twice is harmless. The family is closed: those who apply writes handle each of its members.
/// </summary>
public abstract record ClusterWrite
{
    private protected ClusterWrite(ResourceKind kind, NamespacedName target) => (Kind, Target) = (kind, target);

    /// <summary>The kind written to.</summary>
    public ResourceKind Kind { get; }

    /// <summary>The object written to.</summary>
    public NamespacedName Target { get; }
}

/// <summary>Creates an object under its own name; an existing one is left as it is.</summary>
public sealed record CreateObject : ClusterWrite
{
    /// <summary>Makes the write.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="target">The name.</param>
    /// <param name="body">The whole object.</param>
    public CreateObject(ResourceKind kind, NamespacedName target, RawJson body)
        : base(kind, target) => Body = body;

    /// <summary>The whole object.</summary>
    public RawJson Body { get; }

    /// <summary><c>create pod ns/name</c>.</summary>
    public override string ToString() => $"create {Kind.Kind} {Target.Name}";
}

/// <summary>Deletes an object if it still is the one that was seen.</summary>
public sealed record DeleteObject : ClusterWrite
{
    /// <summary>Makes the write.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="target">The name.</param>
    /// <param name="uid">The UID that it must have.</param>
    public DeleteObject(ResourceKind kind, NamespacedName target, string uid)
        : base(kind, target) => Uid = uid;

    /// <summary>The UID that it must have.</summary>
    public string Uid { get; }

    /// <summary><c>delete pod ns/name</c>.</summary>
    public override string ToString() => $"delete {Kind.Kind} {Target.Name}";
}

/// <summary>Merges fields that are ours into an object if it still is at the version that was seen.</summary>
public sealed record PatchObject : ClusterWrite
{
    /// <summary>Makes the write.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="target">The name.</param>
    /// <param name="patch">A JSON merge patch without <c>metadata.resourceVersion</c>; the precondition adds it.</param>
    /// <param name="resourceVersion">The version that it must be at; null for no such condition.</param>
    /// <param name="subresource">Such as <c>status</c>; null for the object itself.</param>
    public PatchObject(ResourceKind kind, NamespacedName target, RawJson patch, string? resourceVersion, string? subresource = null)
        : base(kind, target) => (Patch, ResourceVersion, Subresource) = (patch, resourceVersion, subresource);

    /// <summary>The JSON merge patch.</summary>
    public RawJson Patch { get; }

    /// <summary>The version that the object must be at; null for no such condition.</summary>
    public string? ResourceVersion { get; }

    /// <summary>The subresource; null for the object itself.</summary>
    public string? Subresource { get; }

    /// <summary>Whether the writes after it follow even where the API server refuses it.</summary>
    public bool MayBeRefused { get; init; }

    /// <summary><c>patch ModelServing/status ns/name</c>.</summary>
    public override string ToString() => $"patch {Kind.Kind}{(Subresource is null ? "" : "/" + Subresource)} {Target.Name}";
}

/// <summary>Records a Kubernetes event about an object. Losing one loses nothing but the message.</summary>
public sealed record RecordEvent : ClusterWrite
{
    /// <summary>Makes the write.</summary>
    /// <param name="kind">The kind of the object that the event is about.</param>
    /// <param name="target">That object.</param>
    /// <param name="uid">That object's UID.</param>
    /// <param name="reason">A CamelCase word for machines.</param>
    /// <param name="message">A sentence for people.</param>
    public RecordEvent(ResourceKind kind, NamespacedName target, string uid, string reason, string message)
        : base(kind, target) => (Uid, Reason, Message) = (uid, reason, message);

    /// <summary>The UID of the object that the event is about.</summary>
    public string Uid { get; }

    /// <summary>A CamelCase word for machines.</summary>
    public string Reason { get; }

    /// <summary>A sentence for people.</summary>
    public string Message { get; }

    /// <summary>Whether it tells of trouble: type <c>Warning</c> instead of <c>Normal</c>.</summary>
    public bool IsWarning { get; init; }

    /// <summary><c>event RoleCreating: message</c>.</summary>
    public override string ToString() => $"event {Reason}: {Message}";
}
