using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Gang;

/// <summary>Writes of a PodGroup. Only the fields that are ours are compared and written; the rest belongs to its other writers.</summary>
internal static class PodGroupObject
{
    private static readonly string[] Compared = ["minMember", "minTaskMember", "networkTopology", "subGroupPolicy"];

    /// <summary>Makes the PodGroup.</summary>
    /// <param name="key">The group.</param>
    /// <param name="goal">What is wanted.</param>
    /// <param name="spec">The spec.</param>
    public static CreateObject Create(GroupKey key, GangGoal goal, JsonObject spec)
    {
        var name = new NamespacedName(key.Serving.Namespace, key.Name);
        JsonObject json = PlannedJson.OwnedObject(
            ResourceKinds.PodGroup,
            name,
            LabelSet.Of((ServingLabels.Name, key.Serving.Name), (ServingLabels.GroupName, key.Name)),
            key.Serving,
            goal.Assignment.Policies.ServingUid);
        json["metadata"]!["ownerReferences"]![0]!.AsObject().Remove("blockOwnerDeletion");
        var annotations = new JsonObject { [GangLabels.GroupName] = key.Name };
        if (goal.Terms.Queue.Length > 0)
            annotations[GangLabels.QueueName] = goal.Terms.Queue;
        json["metadata"]!["annotations"] = annotations;
        json["spec"] = spec;
        return new CreateObject(ResourceKinds.PodGroup, name, json.ToRaw());
    }

    /// <summary>The patch that brings a PodGroup into step; null when it is.</summary>
    /// <param name="podGroup">The PodGroup as it is.</param>
    /// <param name="terms">What is wanted of it.</param>
    /// <param name="wanted">The spec as it should be.</param>
    public static PatchObject? Update(PodGroup podGroup, GangTerms terms, JsonObject wanted)
    {
        JsonObject present = podGroup.Spec.IsAbsent ? [] : podGroup.Spec.ToNode() as JsonObject ?? [];
        var spec = new JsonObject();
        foreach (string field in Compared)
        {
            if (!IsSame(Normal(present[field]), wanted[field]))
                spec[field] = Merge(present[field], wanted[field]);
        }
        if (!Amounts(present["minResources"]).ComesToTheSameAs(Amounts(wanted["minResources"])))
            spec["minResources"] = Merge(present["minResources"], wanted["minResources"]);
        var patch = new JsonObject();
        // Others fill in a queue where we name none: only one that came from us is taken back.
        string? marked = podGroup.Metadata.Annotations[GangLabels.QueueName];
        bool takesBack = terms.Queue.Length == 0 && marked is not null;
        if (takesBack || (terms.Queue.Length > 0 && (marked != terms.Queue || (string?)present["queue"] != terms.Queue)))
        {
            spec["queue"] = takesBack ? null : terms.Queue;
            patch["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject { [GangLabels.QueueName] = takesBack ? null : terms.Queue },
            };
        }
        if (spec.Count == 0)
            return null;
        patch["spec"] = spec;
        return new PatchObject(ResourceKinds.PodGroup, podGroup.Metadata.Key, patch.ToRaw(), podGroup.Metadata.ResourceVersion);
    }

    private static ResourceAmounts Amounts(JsonNode? json)
    {
        if (json is null)
            return ResourceAmounts.None;
        using JsonDocument document = JsonDocument.Parse(json.ToRaw().Utf8);
        return ResourceAmounts.Parse(document.RootElement);
    }

    /// <summary>What is stored, with the mode that a topology has where none is said. A policy that says nothing is none.</summary>
    private static JsonNode? Normal(JsonNode? stored)
    {
        switch (stored?.DeepClone())
        {
            case JsonArray list:
                foreach (JsonObject item in list.OfType<JsonObject>())
                {
                    if (Normal(item["networkTopology"]) is { } topology)
                        item["networkTopology"] = topology;
                    else
                        item.Remove("networkTopology");
                }
                return list.Count == 0 ? null : list;
            case JsonObject json when json.Count == 0:
                return null;
            case JsonObject json when json.ContainsKey("highestTierAllowed") || json.ContainsKey("highestTierName"):
                json["mode"] ??= "hard";
                return json;
            case var other:
                return other;
        }
    }

    /// <summary>Whether what is stored says what is wanted. Fields of a sub-group that are not ours do not count.</summary>
    private static bool IsSame(JsonNode? stored, JsonNode? wanted) => (stored, wanted) switch
    {
        (JsonArray one, JsonArray two) => one.Count == two.Count && one.Zip(two).All(static pair => Says(pair.First, pair.Second)),
        _ => JsonNode.DeepEquals(stored, wanted),
    };

    private static bool Says(JsonNode? stored, JsonNode? wanted) =>
        stored is JsonObject has
        && wanted is JsonObject asks
        && has.ContainsKey("networkTopology") == asks.ContainsKey("networkTopology")
        && asks.All(field => JsonNode.DeepEquals(has[field.Key], field.Value));

    /// <summary>A merge patch keeps what it does not name, so keys that are to go are named.</summary>
    private static JsonNode? Merge(JsonNode? stored, JsonNode? wanted)
    {
        if (stored is not JsonObject before || wanted is not JsonObject after)
            return wanted?.DeepClone();
        var merged = after.DeepClone().AsObject();
        foreach ((string field, JsonNode? _) in before)
        {
            if (!after.ContainsKey(field))
                merged[field] = null;
        }
        return merged;
    }
}
