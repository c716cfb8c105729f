using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>Goes back to a stored revision: its roles become the spec's, and the scale and pace of today stay.</summary>
public static class Rollback
{
    private static readonly string[] Kept = ["replicas", "maxUnavailable", "partition"];

    /// <summary>
    /// The JSON merge patch of the ModelServing: <c>spec.template.roles</c> from the revision, with the present replicas,
    /// partition and budget of each role that both have, and the annotation that says what was left.
    /// </summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="target">One of its ControllerRevisions.</param>
    /// <exception cref="ArgumentException">The revision is not the ModelServing's, or holds no roles.</exception>
    public static RawJson Patch(ModelServing serving, ControllerRevision target)
    {
        if (target.Metadata.Controller?.Uid != serving.Metadata.Uid)
            throw new ArgumentException($"ControllerRevision {target.Metadata.Name} does not belong to ModelServing {serving.Metadata.Name}.", nameof(target));
        JsonNode? data = target.Data.IsAbsent ? null : target.Data.ToNode();
        if ((data as JsonArray ?? (data as JsonObject)?["data"] as JsonArray) is not { } stored)
            throw new ArgumentException($"ControllerRevision {target.Metadata.Name} holds no roles.", nameof(target));
        var roles = stored.DeepClone().AsArray();
        var present = serving.Spec.RolesJson.ToNode().AsArray().OfType<JsonObject>().ToList();
        foreach (JsonObject role in roles.OfType<JsonObject>())
        {
            if (present.Find(other => (string?)other["name"] == (string?)role["name"]) is not { } now)
                continue;
            foreach (string field in Kept)
            {
                role.Remove(field);
                if (now[field] is { } value)
                    role[field] = value.DeepClone();
            }
        }
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject { [ServingLabels.RollbackFrom] = serving.Status.UpdateRevision },
            },
            ["spec"] = new JsonObject { ["template"] = new JsonObject { ["roles"] = roles } },
        }.ToRaw();
    }
}
