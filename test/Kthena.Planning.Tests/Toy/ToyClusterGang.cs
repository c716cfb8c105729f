using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Gang;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Toy;

/// <summary>The scheduler's part of the toy.</summary>
internal sealed partial class ToyCluster
{
    /// <summary>What the installed definition of PodGroups knows; null where Volcano is not installed.</summary>
    public PodGroupFeatures? PodGroupSupport { get; set; }

    /// <summary>Whether a scheduler places pods; without one they stand where they are made.</summary>
    public bool HasScheduler { get; set; } = true;

    public IEnumerable<PodGroup> PodGroups => All<PodGroup>("PodGroup");

    /// <summary>Another writer makes an object.</summary>
    public void Make(string json) => Put(JsonNode.Parse(json)!.AsObject());

    /// <summary>Another writer takes an object away.</summary>
    public void Drop(string kind, string name) => _objects.Remove((kind, name));

    /// <summary>An object that a test changed by hand has a new version.</summary>
    public void Touch(string kind, string name) => Touch(_objects[(kind, name)]);

    private void Place(JsonObject json)
    {
        if (HasScheduler && (string?)json["kind"] == "Pod")
            json["spec"]!["nodeName"] = "node";
    }

    private PodGroupPlan LookAtPodGroup(int ordinal, GroupAssignment? goal, GroupPlan plan)
    {
        var key = new GroupKey(Serving, ordinal);
        return PodGroupPlanner.Plan(
            key,
            goal is null ? null : GangGoal.From(goal),
            plan.Standing,
            new PodGroupObservation(Current.Metadata.Uid, View<PodGroup>("PodGroup", key.Name)));
    }
}
