using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Gang;

/// <summary>
/// The spec that a group's PodGroup should have. Counted is what the group really consists of: an instance that stands at
/// an older revision counts with its own pods, so that a PodGroup never asks for more members than will be there.
/// </summary>
internal static class PodGroupSpec
{
    /// <summary>The spec, with what the installed definition knows.</summary>
    /// <param name="key">The group.</param>
    /// <param name="goal">What is wanted.</param>
    /// <param name="standing">The role instances that are to stand.</param>
    public static JsonObject Of(GroupKey key, GangGoal goal, IReadOnlyCollection<RoleOrder> standing)
    {
        int members = 0;
        ResourceAmounts requests = ResourceAmounts.None;
        var tasks = new JsonObject();
        var subGroups = new JsonArray();
        foreach (RoleDefinition role in goal.Assignment.Roles)
        {
            ImmutableArray<(int Ordinal, InstanceDemand Demand)> instances = [.. InstancesOf(role, goal, standing)];
            int least = LeastOf(role, goal.Terms);
            foreach ((int ordinal, InstanceDemand demand) in instances.OrderBy(static instance => instance.Demand.Pods).ThenBy(static instance => instance.Ordinal).Take(least))
            {
                members += demand.Pods;
                requests = requests.Plus(demand.Requests);
                tasks[new RoleKey(key, role.Name, ordinal).RoleId] = demand.Pods;
            }
            int size = instances.Select(static instance => instance.Demand.Pods).DefaultIfEmpty(goal.DemandOf(role).Pods).Min();
            subGroups.Add((JsonNode)SubGroup(key, role.Name, size, least, goal.Terms));
        }
        var spec = new JsonObject { ["minMember"] = members };
        if (requests.Values.Count > 0)
            spec["minResources"] = requests.ToJson();
        if (goal.Terms.Queue.Length > 0)
            spec["queue"] = goal.Terms.Queue;
        if (goal.Terms.Features.HasFlag(PodGroupFeatures.Topology) && Topology(goal.Terms.GroupTopology, goal.Terms) is { } topology)
            spec["networkTopology"] = topology;
        // Sub-groups say the same and more; both together would contradict each other as instances come and go.
        if (goal.Terms.Features.HasFlag(PodGroupFeatures.SubGroups))
            spec["subGroupPolicy"] = subGroups;
        else if (goal.Terms.Features.HasFlag(PodGroupFeatures.MinTaskMember) && tasks.Count > 0)
            spec["minTaskMember"] = tasks;
        return spec;
    }

    /// <summary>A topology with the mode that is meant where none is said; null for no wish.</summary>
    /// <param name="policy">The wish.</param>
    /// <param name="terms">What the installed definition knows.</param>
    public static JsonObject? Topology(RawJson policy, GangTerms terms)
    {
        if (policy.IsAbsent || policy.ToNode() is not JsonObject json)
            return null;
        json["mode"] ??= "hard";
        if (!terms.Features.HasFlag(PodGroupFeatures.TierName))
            json.Remove("highestTierName");
        return json;
    }

    private static int LeastOf(RoleDefinition role, GangTerms terms)
    {
        int replicas = Math.Max(0, role.Replicas);
        return terms.Minimums.Where(minimum => minimum.Role == role.Name).Select(minimum => Math.Clamp(minimum.Instances, 0, replicas)).FirstOrDefault(replicas);
    }

    /// <summary>The instances that stand, and for those that are being replaced what comes after them.</summary>
    private static IEnumerable<(int Ordinal, InstanceDemand Demand)> InstancesOf(
        RoleDefinition role, GangGoal goal, IReadOnlyCollection<RoleOrder> standing)
    {
        var own = standing.Where(order => order.Role == role.Name).ToList();
        foreach (RoleOrder order in own)
            yield return (order.Ordinal, goal.DemandOf(order.Assignment.Role));
        var taken = own.Select(static order => order.Ordinal).ToHashSet();
        foreach (int ordinal in LowestGaps.In(taken, role.Replicas, role.Replicas - own.Count))
            yield return (ordinal, goal.DemandOf(role));
    }

    private static JsonObject SubGroup(GroupKey key, string role, int size, int least, GangTerms terms)
    {
        var json = new JsonObject
        {
            ["name"] = role,
            ["labelSelector"] = new JsonObject
            {
                ["matchLabels"] = LabelSet.Of((ServingLabels.Name, key.Serving.Name), (ServingLabels.Role, role)).ToObject(),
            },
            ["matchLabelKeys"] = new JsonArray(ServingLabels.RoleId),
            ["subGroupSize"] = size,
        };
        if (terms.Features.HasFlag(PodGroupFeatures.MinSubGroups))
            json["minSubGroups"] = least;
        if (terms.Features.HasFlag(PodGroupFeatures.SubGroupTopology) && Topology(terms.RoleTopology, terms) is { } topology)
            json["networkTopology"] = topology;
        return json;
    }
}
