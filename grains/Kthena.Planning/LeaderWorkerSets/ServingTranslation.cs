using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Plugins;

namespace Kthena.Planning.LeaderWorkerSets;

/// <summary>
/// A LeaderWorkerSet in the words of a ModelServing: each of its groups is a ServingGroup of one role instance, the leader
/// its entry pod. What has no counterpart is named, never dropped without a word.
/// </summary>
internal sealed class ServingTranslation
{
    /// <summary>The one role.</summary>
    public const string RoleName = "default";

    /// <summary>The plugin that gives pods the labels which tools know from LeaderWorkerSets.</summary>
    public const string LabelsPlugin = "lws-standard-labels";

    /// <summary>What that kind called <c>None</c> before.</summary>
    private const string FormerNone = "Default";

    /// <summary>The startup policy under which workers await their leader.</summary>
    public const string LeaderReady = "LeaderReady";

    /// <summary>Annotations that mean something on a ModelServing, and are handed on.</summary>
    private static readonly string[] HandedOn = [ServingLabels.DrainSeconds, "scheduling.volcano.sh/queue-name"];

    private readonly JsonObject _spec;
    private readonly JsonObject _rollout;
    private readonly JsonObject _annotations;

    private ServingTranslation(JsonObject spec, JsonObject rollout, JsonObject annotations, ImmutableArray<string> unmapped, string problem)
    {
        (_spec, _rollout, _annotations, Unmapped, Problem) = (spec, rollout, annotations, unmapped, problem);
        var all = new JsonObject { ["spec"] = spec.DeepClone(), ["rollout"] = rollout.DeepClone(), ["annotations"] = annotations.DeepClone() };
        Hash = TemplateHash.Of(TemplateHash.Canonical(all.ToRaw()));
    }

    /// <summary>The fields that have no counterpart, each with its path.</summary>
    public ImmutableArray<string> Unmapped { get; }

    /// <summary>What keeps it from being translated; empty when nothing does.</summary>
    public string Problem { get; }

    /// <summary>Whether each group has a headless Service of its own; else all share one.</summary>
    public bool HasServicePerGroup { get; private init; }

    /// <summary>So many groups there are at most at once, those that stand in during a rollout among them.</summary>
    public int GroupsMax { get; private init; }

    /// <summary>Names the translation by its content.</summary>
    public string Hash { get; }

    /// <summary>Translates.</summary>
    /// <param name="set">The LeaderWorkerSet.</param>
    /// <param name="hasVolcano">Whether groups can be scheduled as gangs.</param>
    public static ServingTranslation Of(LeaderWorkerSet set, bool hasVolcano)
    {
        JsonObject spec = set.Spec.IsAbsent ? [] : set.Spec.ToNode() as JsonObject ?? [];
        string problem = string.Join("; ", SetProblems.Of(spec));
        if (problem.Length > 0 || spec["leaderWorkerTemplate"] is not JsonObject template || template["workerTemplate"] is not JsonObject worker)
            return new ServingTranslation([], [], [], [], problem);
        JsonObject leader = template["leaderTemplate"] as JsonObject ?? worker;
        int replicas = Number(spec["replicas"]) ?? 1;
        bool hasServicePerGroup = Text(spec["networkConfig"]?["subdomainPolicy"]) == LwsNames.UniquePerReplica;
        (string, string)[] ofAll = hasServicePerGroup ? [(LwsNames.SubdomainPolicy, LwsNames.UniquePerReplica)] : [];
        (string, string)[] ofLeaders = Text(spec["startupPolicy"]) == LeaderReady ? [(ServingLabels.WorkersStart, ServingLabels.AfterEntryReady)] : [];
        var serving = new JsonObject
        {
            ["replicas"] = replicas,
            ["schedulerName"] = Text(leader["spec"]?["schedulerName"]) ?? Text(worker["spec"]?["schedulerName"]) ?? (hasVolcano ? "volcano" : "default-scheduler"),
            ["recoveryPolicy"] = Text(template["restartPolicy"]) is "None" or FormerNone ? "None" : "RoleRecreate",
            ["plugins"] = new JsonArray(new JsonObject { ["name"] = LabelsPlugin, ["type"] = "BuiltIn" }),
            ["template"] = new JsonObject
            {
                ["roles"] = new JsonArray(new JsonObject
                {
                    ["name"] = RoleName,
                    ["replicas"] = 1,
                    ["entryTemplate"] = Annotated(Template(leader), [.. ofAll, .. ofLeaders]),
                    ["workerReplicas"] = Math.Max(0, (Number(template["size"]) ?? 1) - 1),
                    ["workerTemplate"] = Annotated(Template(worker), ofAll),
                }),
            },
        };
        var annotations = new JsonObject();
        foreach (string annotation in HandedOn.Where(annotation => set.Metadata.Annotations[annotation] is not null))
            annotations[annotation] = set.Metadata.Annotations[annotation];
        JsonObject rollout = Rollout(spec["rolloutStrategy"]?["rollingUpdateConfiguration"], replicas);
        int surge = rollout["maxSurge"] is { } more ? Resolve(more, replicas, roundUp: true) ?? 0 : 0;
        return new ServingTranslation(serving, rollout, annotations, [.. UnmappedFields.Of(set, spec)], "")
        {
            HasServicePerGroup = hasServicePerGroup,
            GroupsMax = (int)Math.Min(int.MaxValue, (long)replicas + surge),
        };
    }

    /// <summary>The ModelServing's spec.</summary>
    /// <param name="hasNulls">Whether fields that are to be absent are there as null, as a merge patch needs them.</param>
    public JsonObject Spec(bool hasNulls)
    {
        JsonObject spec = _spec.DeepClone().AsObject();
        JsonObject rolling = _rollout.DeepClone().AsObject();
        foreach (string field in (string[])["partition", "maxSurge"])
        {
            if (hasNulls && !rolling.ContainsKey(field))
                rolling[field] = null;
        }
        spec["rolloutStrategy"] = new JsonObject { ["type"] = "ServingGroupRollingUpdate", ["rollingUpdateConfiguration"] = rolling };
        return spec;
    }

    /// <summary>The ModelServing's annotations.</summary>
    /// <param name="hasNulls">Whether those that are to be absent are there as null, as a merge patch needs them.</param>
    public JsonObject Annotations(bool hasNulls)
    {
        JsonObject annotations = _annotations.DeepClone().AsObject();
        annotations[LeaderWorkerSetPlanner.TranslationAnnotation] = Hash;
        foreach (string annotation in HandedOn.Where(annotation => hasNulls && !annotations.ContainsKey(annotation)))
            annotations[annotation] = null;
        return annotations;
    }

    /// <summary>Whether a ModelServing says all that the translation says; what it says besides are defaults.</summary>
    /// <param name="present">The ModelServing's spec.</param>
    public bool IsCoveredBy(ModelServingSpec present) =>
        present.Replicas == (int)_spec["replicas"]!
        && present.SchedulerName == (string?)_spec["schedulerName"]
        && present.RecoveryPolicy.ToString() == (string?)_spec["recoveryPolicy"]
        && !present.RolloutStrategy.IsRoleRollingUpdate
        && present.RolloutStrategy.MaxUnavailable == Amount("maxUnavailable")
        && (present.RolloutStrategy.Partition ?? IntOrPercent.FromInt(0)) == (Amount("partition") ?? IntOrPercent.FromInt(0))
        && (present.RolloutStrategy.MaxSurge == Amount("maxSurge") || IsSurgeDropped(present))
        && !present.RolesJson.IsAbsent
        && Covers(present.RolesJson.ToNode(), _spec["template"]!["roles"]);

    /// <summary>Whether the installed definition of ModelServings does not know the surge that is wanted.</summary>
    /// <param name="present">The ModelServing's spec after it was given this translation.</param>
    public bool IsSurgeDropped(ModelServingSpec present) => _rollout.ContainsKey("maxSurge") && present.RolloutStrategy.MaxSurge is null;

    private IntOrPercent? Amount(string field) => _rollout[field] switch
    {
        null => null,
        JsonNode value when Number(value) is { } number => IntOrPercent.FromInt(number),
        JsonNode value => IntOrPercent.Parse(value.ToString()),
    };

    private static JsonObject Rollout(JsonNode? configuration, int replicas)
    {
        var rolling = new JsonObject { ["maxUnavailable"] = configuration?["maxUnavailable"]?.DeepClone() ?? JsonValue.Create(1) };
        if (Number(configuration?["partition"]) is > 0 and var partition)
            rolling["partition"] = partition;
        if (configuration?["maxSurge"] is { } surge && Resolve(surge, replicas, roundUp: true) != 0)
            rolling["maxSurge"] = surge.DeepClone();
        // A rollout that may take nothing and add nothing would never begin: then one at a time.
        if (!rolling.ContainsKey("maxSurge") && Resolve(rolling["maxUnavailable"]!, replicas, roundUp: false) == 0)
            rolling["maxUnavailable"] = 1;
        return rolling;
    }

    private static int? Resolve(JsonNode amount, int replicas, bool roundUp)
    {
        if (Number(amount) is { } number)
            return number;
        string text = amount.ToString();
        return text.EndsWith('%') && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? IntOrPercent.Parse(text).Resolve(replicas, roundUp)
            : null;
    }

    private static JsonObject Annotated(JsonObject template, (string Annotation, string Value)[] more)
    {
        if (more.Length == 0)
            return template;
        if (template["metadata"] is not JsonObject metadata)
            template["metadata"] = metadata = [];
        if (metadata["annotations"] is not JsonObject annotations)
            metadata["annotations"] = annotations = [];
        foreach ((string annotation, string value) in more)
            annotations[annotation] = value;
        return template;
    }

    private static JsonObject Template(JsonObject template)
    {
        var copy = new JsonObject();
        var metadata = new JsonObject();
        foreach (string field in (string[])["labels", "annotations"])
        {
            if (template["metadata"]?[field] is JsonObject { Count: > 0 } pairs)
                metadata[field] = pairs.DeepClone();
        }
        if (metadata.Count > 0)
            copy["metadata"] = metadata;
        if (template["spec"] is { } spec)
            copy["spec"] = spec.DeepClone();
        return copy;
    }

    private static bool Covers(JsonNode? present, JsonNode? wanted) => (present, wanted) switch
    {
        (_, null) => true,
        (JsonObject has, JsonObject wants) => wants.All(field => field.Value is null || Covers(has[field.Key], field.Value)),
        (JsonArray has, JsonArray wants) => has.Count == wants.Count && wants.Zip(has).All(static pair => Covers(pair.Second, pair.First)),
        (JsonValue has, JsonValue wants) => JsonNode.DeepEquals(has, wants),
        _ => false,
    };

    private static int? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out int number) ? number : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
