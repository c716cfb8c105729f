using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;
using Kthena.Plugins;

namespace Kthena.Planning.Serving;

/// <summary>The objects of one role instance. Names, labels and variables are the wire contract with upstream's users.</summary>
internal static class RoleObjects
{
    /// <summary>The labels that pods and the Service of a role instance share.</summary>
    private static LabelSet InstanceLabels(RoleKey key) => LabelSet.Of(
        (ServingLabels.Name, key.Group.Serving.Name),
        (ServingLabels.GroupName, key.Group.Name),
        (ServingLabels.Role, key.Role),
        (ServingLabels.RoleId, key.RoleId));

    /// <summary>A pod: the template's spec as it came, but for the scheduler and three variables. Our labels win over the user's.</summary>
    /// <param name="key">The role instance.</param>
    /// <param name="goal">What is wanted of it.</param>
    /// <param name="index">0 for the entry pod, 1 and up for workers.</param>
    /// <param name="backoffStep">How often the instance was rebuilt before.</param>
    /// <param name="about">What plugins are told of the pod; null asks none.</param>
    /// <exception cref="PluginException">A plugin failed: there must be no such pod.</exception>
    public static CreateObject Pod(RoleKey key, RoleGoal goal, int index, int backoffStep, PluginPod? about = null)
    {
        RoleAssignment assignment = goal.Assignment;
        PodTemplate template = index == 0 ? goal.Spec.EntryTemplate : goal.Spec.WorkerTemplate ?? goal.Spec.EntryTemplate;
        var ours = new List<KeyValuePair<string, string>>(InstanceLabels(key).Pairs)
        {
            KeyValuePair.Create(ServingLabels.Revision, assignment.Revision),
            KeyValuePair.Create(ServingLabels.RoleTemplateHash, assignment.Role.TemplateHash),
        };
        if (index == 0)
            ours.Add(KeyValuePair.Create(ServingLabels.Entry, "true"));
        // Of doubled keys the last wins; a worker that calls itself an entry pod would be selected by the Service.
        LabelSet labels = LabelSet.From(template.Labels.Pairs.Where(static pair => pair.Key != ServingLabels.Entry).Concat(ours));

        string ns = key.Group.Serving.Namespace;
        var name = new NamespacedName(ns, key.PodName(index));
        JsonObject json = PlannedJson.OwnedObject(
            ResourceKinds.Pod, name, labels, key.Group.Serving, assignment.Policies.ServingUid);
        JsonObject annotations = template.Annotations.ToObject();
        foreach ((string annotation, JsonNode? value) in GangAnnotations(key, assignment.Policies))
            annotations[annotation] = value?.DeepClone();
        if (backoffStep > 0)
            annotations[ServingLabels.BackoffStep] = backoffStep.ToString(CultureInfo.InvariantCulture);
        if (annotations.Count > 0)
            json["metadata"]!["annotations"] = annotations;
        JsonObject spec = template.Spec.IsAbsent ? [] : template.Spec.ToNode().AsObject();
        spec["schedulerName"] = assignment.Policies.SchedulerName;
        (string Name, string Value)[] variables =
        [
            (ServingEnvironment.GroupSize, goal.Spec.PodsPerInstance.ToString(CultureInfo.InvariantCulture)),
            (ServingEnvironment.EntryAddress, $"{key.PodName(0)}.{ns}"),
            (ServingEnvironment.WorkerIndex, index.ToString(CultureInfo.InvariantCulture)),
        ];
        Inject(spec["initContainers"], variables);
        Inject(spec["containers"], variables);
        json["spec"] = spec;
        if (about is not null)
            Change(json, goal.Plugins, about, LabelSet.From(ours));
        return new CreateObject(ResourceKinds.Pod, name, json.ToRaw());
    }

    /// <summary>Lets plugins change a pod. What it is called, whose it is and how we find it stays as it was.</summary>
    private static void Change(JsonObject json, PluginChain plugins, PluginPod about, LabelSet ours)
    {
        JsonObject before = json["metadata"]!.DeepClone().AsObject();
        plugins.OnPodCreate(about, json);
        (json["apiVersion"], json["kind"]) = (ResourceKinds.Pod.ApiVersion, ResourceKinds.Pod.Kind);
        if (json["metadata"] is not JsonObject metadata)
            json["metadata"] = metadata = [];
        foreach (string field in (ReadOnlySpan<string>)["name", "namespace", "ownerReferences"])
            metadata[field] = before[field]!.DeepClone();
        if (metadata["labels"] is not JsonObject labels)
            metadata["labels"] = labels = [];
        foreach ((string label, string value) in ours.Pairs)
            labels[label] = value;
        if (about.Index > 0)
            labels.Remove(ServingLabels.Entry);
    }

    /// <summary>By what the scheduler knows a pod's PodGroup and its task; none where there are no PodGroups.</summary>
    /// <param name="key">The role instance.</param>
    /// <param name="policies">Whether there are PodGroups.</param>
    public static JsonObject GangAnnotations(RoleKey key, ServingPolicies policies) => policies.IsGangScheduled
        ? new JsonObject { [GangLabels.GroupName] = key.Group.Name, [GangLabels.TaskSpec] = key.RoleId }
        : [];

    /// <summary>The headless Service that gives the entry pod its name in DNS.</summary>
    /// <param name="key">The role instance.</param>
    /// <param name="goal">What is wanted of it.</param>
    public static CreateObject Service(RoleKey key, RoleGoal goal)
    {
        var name = new NamespacedName(key.Group.Serving.Namespace, key.PodName(0));
        JsonObject json = PlannedJson.OwnedObject(
            ResourceKinds.Service, name, InstanceLabels(key), key.Group.Serving, goal.Assignment.Policies.ServingUid);
        json["spec"] = new JsonObject
        {
            ["clusterIP"] = "None",
            ["publishNotReadyAddresses"] = true,
            ["selector"] = LabelSet.Of(
                (ServingLabels.GroupName, key.Group.Name),
                (ServingLabels.Role, key.Role),
                (ServingLabels.RoleId, key.RoleId),
                (ServingLabels.Entry, "true")).ToObject(),
        };
        return new CreateObject(ResourceKinds.Service, name, json.ToRaw());
    }

    /// <summary>Appends the variables to every container in place of same-named ones.</summary>
    private static void Inject(JsonNode? containers, (string Name, string Value)[] variables)
    {
        if (containers is not JsonArray list)
            return;
        foreach (JsonObject container in list.OfType<JsonObject>())
        {
            if (container["env"] is not JsonArray env)
                container["env"] = env = [];
            foreach ((string name, string value) in variables)
            {
                for (int i = env.Count - 1; i >= 0; i--)
                {
                    if (env[i] is JsonObject variable && (string?)variable["name"] == name)
                        env.RemoveAt(i);
                }
                env.Add((JsonNode)new JsonObject { ["name"] = name, ["value"] = value });
            }
        }
    }
}
