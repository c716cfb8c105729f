using System.Text.Json.Nodes;

namespace Kthena.Kubernetes.Core;

/// <summary>How an object is deleted.</summary>
public sealed record DeletionOptions
{
    /// <summary>What must still hold of the object.</summary>
    public Preconditions Preconditions { get; init; }

    /// <summary>Seconds that a pod gets to stop; null leaves it to the server, 0 removes it at once.</summary>
    public int? GracePeriodSeconds { get; init; }

    /// <summary><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>; null leaves it to the server.</summary>
    public string? PropagationPolicy { get; init; }

    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["kind"] = "DeleteOptions", ["apiVersion"] = "v1" };
        if (GracePeriodSeconds is int seconds)
            json["gracePeriodSeconds"] = seconds;
        if (PropagationPolicy is not null)
            json["propagationPolicy"] = PropagationPolicy;
        if (!Preconditions.IsEmpty)
        {
            var preconditions = new JsonObject();
            if (Preconditions.Uid is not null)
                preconditions["uid"] = Preconditions.Uid;
            if (Preconditions.ResourceVersion is not null)
                preconditions["resourceVersion"] = Preconditions.ResourceVersion;
            json["preconditions"] = preconditions;
        }
        return json;
    }
}
