using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>What deleting one object changes: it is removed, or marked and left to finalizers or to a pod's node.</summary>
internal static class Deletion
{
    public const string ForegroundFinalizer = "foregroundDeletion";
    public const string OrphanFinalizer = "orphan";

    /// <summary>The change that a deletion makes; null when there is nothing left to do but wait.</summary>
    public static ObjectChange? Plan(ApiKind kind, StoredObject stored, DeleteOptions options, DateTimeOffset now)
    {
        JsonObject json = stored.ToMutable();
        JsonObject metadata = json.EnsureObject("metadata");
        AddFinalizer(metadata, options.Propagation);
        long grace = kind.Rules.GraceSeconds(json, options.GraceSeconds);
        long? pending = stored.IsDeleting ? metadata.Int64("deletionGracePeriodSeconds") ?? 0 : null;
        if (pending is { } waiting && options.GraceSeconds is null)
            grace = waiting;
        bool mustWait = metadata.Array("finalizers") is { Count: > 0 } || KeepsNamespace(kind, json);
        if (!mustWait && grace == 0)
            return new ObjectChange(kind, json, IsDelete: true);
        if (pending is { } before && grace >= before)
            return null;
        metadata["deletionTimestamp"] = Json.Instant(now.AddSeconds(grace));
        metadata["deletionGracePeriodSeconds"] = grace;
        if (kind.HasGeneration)
            metadata["generation"] = (metadata.Int64("generation") ?? 0) + 1;
        if (kind.Resource == ResourceKinds.Namespace)
            json.EnsureObject("status")["phase"] = "Terminating";
        return new ObjectChange(kind, json, IsDelete: false);
    }

    /// <summary>Whether a changed object that is being deleted has nothing more to wait for.</summary>
    public static bool IsDue(ApiKind kind, JsonObject json)
    {
        JsonObject? metadata = json.Object("metadata");
        return metadata.String("deletionTimestamp") is not null
            && metadata.Array("finalizers") is not { Count: > 0 }
            && (metadata.Int64("deletionGracePeriodSeconds") ?? 0) == 0
            && !KeepsNamespace(kind, json);
    }

    /// <summary>Takes a finalizer away.</summary>
    /// <returns>Whether it was there.</returns>
    public static bool RemoveFinalizer(JsonObject metadata, string finalizer)
    {
        JsonArray? finalizers = metadata.Array("finalizers");
        JsonNode? found = finalizers?.FirstOrDefault(item => item.AsText() == finalizer);
        if (found is null)
            return false;
        finalizers!.Remove(found);
        if (finalizers.Count == 0)
            metadata.Remove("finalizers");
        return true;
    }

    /// <summary>A namespace stays until its objects are gone and the server has taken its mark away.</summary>
    private static bool KeepsNamespace(ApiKind kind, JsonObject json) =>
        kind.Resource == ResourceKinds.Namespace && json.Object("spec").Array("finalizers") is { Count: > 0 };

    private static void AddFinalizer(JsonObject metadata, Propagation propagation)
    {
        string? finalizer = propagation switch
        {
            Propagation.Foreground => ForegroundFinalizer,
            Propagation.Orphan => OrphanFinalizer,
            _ => null,
        };
        if (finalizer is null || metadata.Array("finalizers")?.Any(item => item.AsText() == finalizer) == true)
            return;
        if (metadata.Array("finalizers") is not { } finalizers)
            metadata["finalizers"] = finalizers = [];
        finalizers.Add(finalizer);
    }
}
