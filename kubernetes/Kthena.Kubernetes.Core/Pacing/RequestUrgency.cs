namespace Kthena.Kubernetes.Core;

/// <summary>Which requests go first when not all can go at once.</summary>
internal enum RequestUrgency
{
    /// <summary>Reads: without them nothing is known. They do not count as writes in flight.</summary>
    Read,

    /// <summary>Leases: a holder that is late loses its place.</summary>
    Lease,

    /// <summary>Deletes of objects: they make room, and go first within their lane.</summary>
    Delete,

    /// <summary>Every other write of an object.</summary>
    Object,

    /// <summary>Events: losing one loses nothing but the message.</summary>
    Event,
}
