using System.Text.Json;

namespace Kthena.Admission;

/// <summary>The rules of autoscaling policies. Numbers in comments are those of upstream's list.</summary>
internal static class AutoscalingPolicyRules
{
    private const string Homogeneous = "spec.homogeneousTarget";
    private const string Heterogeneous = "spec.heterogeneousTarget";
    private const string Disaggregated = "spec.disaggregatedTarget";
    private static readonly TimeSpan DurationMost = TimeSpan.FromMinutes(30);

    public static void CheckDefinition(JsonElement json, ErrorList errors)
    {
        JsonElement spec = json.Member("spec");
        CheckSourceKinds(spec.Member("homogeneousTarget").Member("target"), $"{Homogeneous}.target", errors);
        int param = 0;
        foreach (JsonElement entry in spec.Member("heterogeneousTarget").List("params"))
            CheckSourceKinds(entry.Member("target"), $"{Heterogeneous}.params[{param++}].target", errors);
        JsonElement target = spec.Member("disaggregatedTarget");
        foreach (JsonProperty role in target.Pairs("roles"))
            CheckSourceKinds(role.Value, $"{Disaggregated}.roles[{role.Name}]", errors);
        JsonElement ratio = target.Member("ratioConstraint");
        if (!ratio.IsThere())
            return;
        if (target.Pairs("roles").Count() < 2)
            errors.Invalid(Disaggregated, "roles must contain at least two entries when ratioConstraint is configured");
        if (ratio.Text("numeratorRole") == ratio.Text("denominatorRole"))
            errors.Invalid($"{Disaggregated}.ratioConstraint", "numeratorRole and denominatorRole must differ", ratio);
    }

    public static void Check(JsonElement json, ErrorList errors)
    {
        JsonElement spec = json.Member("spec");
        MetricRules.Check(spec, "spec", errors);
        CheckTargets(spec, errors);
        CheckBehavior(spec.Member("behavior"), errors);
    }

    private static void CheckSourceKinds(JsonElement owner, string path, ErrorList errors)
    {
        foreach (JsonProperty source in owner.Pairs("metricSources"))
        {
            bool hasPod = source.Value.Member("pod").IsThere();
            bool hasPrometheus = source.Value.Member("prometheus").IsThere();
            if (hasPod && hasPrometheus)
                errors.Invalid($"{path}.metricSources[{source.Name}]", "pod and prometheus configs are mutually exclusive", source.Value);
            else if (!hasPod && !hasPrometheus)
                errors.Invalid($"{path}.metricSources[{source.Name}]", "one metric source backend config is required", source.Value);
        }
    }

    /// <summary>2, 3, 4.</summary>
    private static void CheckTargets(JsonElement spec, ErrorList errors)
    {
        string[] given = [.. ((string[])["homogeneousTarget", "heterogeneousTarget", "disaggregatedTarget"]).Where(name => spec.Member(name).IsThere())];
        if (given.Length == 0)
            errors.Required("spec", "exactly one of homogeneousTarget, heterogeneousTarget and disaggregatedTarget must be set");
        else if (given.Length > 1)
            errors.Forbidden("spec", $"exactly one target may be set, not {string.Join(" and ", given)}");
        if ((given.Contains("homogeneousTarget") || given.Contains("heterogeneousTarget")) && !spec.List("metrics").Any())
            errors.Required("spec.metrics", "metrics must be specified for a homogeneous or heterogeneous target");
        JsonElement homogeneous = spec.Member("homogeneousTarget");
        if (homogeneous.IsThere())
        {
            CheckReference(homogeneous.Member("target").Member("targetRef"), $"{Homogeneous}.target.targetRef", errors);
            CheckRange(homogeneous, Homogeneous, errors);
        }
        int param = 0;
        foreach (JsonElement entry in spec.Member("heterogeneousTarget").List("params"))
        {
            string path = $"{Heterogeneous}.params[{param++}]";
            CheckReference(entry.Member("target").Member("targetRef"), $"{path}.target.targetRef", errors);
            CheckRange(entry, path, errors);
        }
        JsonElement disaggregated = spec.Member("disaggregatedTarget");
        if (!disaggregated.IsThere())
            return;
        CheckReference(disaggregated.Member("targetRef"), $"{Disaggregated}.targetRef", errors);
        foreach (JsonProperty role in disaggregated.Pairs("roles"))
            CheckRole(role, spec, errors);
        RoleRatioRules.Check(disaggregated, Disaggregated, errors);
    }

    private static void CheckReference(JsonElement reference, string path, ErrorList errors)
    {
        if (reference.Text("kind") is { Length: > 0 } and not "ModelServing")
            errors.Invalid($"{path}.kind", "must be ModelServing or empty", reference.Member("kind"));
        if (string.IsNullOrEmpty(reference.Text("name")))
            errors.Required($"{path}.name", "the name of the ModelServing must be set");
    }

    private static void CheckRange(JsonElement target, string path, ErrorList errors)
    {
        if (target.Number("minReplicas") is { } least && target.Number("maxReplicas") is { } most && least > most)
            errors.Invalid($"{path}.minReplicas", $"minReplicas ({least}) cannot be greater than maxReplicas ({most})", target.Member("minReplicas"));
    }

    /// <summary>5: a role whose number is fixed needs no metrics; any other needs its own or the policy's, and where to read them.</summary>
    private static void CheckRole(JsonProperty role, JsonElement spec, ErrorList errors)
    {
        string path = $"{Disaggregated}.roles[{role.Name}]";
        if (role.Name.Length == 0)
            errors.Required($"{Disaggregated}.roles", "a role's name cannot be empty");
        CheckRange(role.Value, path, errors);
        MetricRules.Check(role.Value, path, errors);
        long? most = role.Value.Number("maxReplicas");
        if (most > 0 && role.Value.Number("minReplicas") == most)
            return;
        JsonElement owner = role.Value.List("metrics").Any() ? role.Value : spec;
        string[] metrics = [.. owner.List("metrics").Select(static metric => metric.Text("name") ?? "")];
        if (metrics.Length == 0)
            errors.Required($"{path}.metrics", "metrics must be specified for the role or for the policy");
        JsonProperty[] sources = [.. role.Value.Pairs("metricSources")];
        if (sources.Length == 0)
            errors.Required($"{path}.metricSources", "metricSources must be specified for a role that scales");
        foreach (JsonProperty source in sources.Where(source => !metrics.Contains(source.Name)))
            errors.Invalid($"{path}.metricSources[{source.Name}]", "names no metric of the role or the policy");
    }

    /// <summary>7.</summary>
    private static void CheckBehavior(JsonElement behavior, ErrorList errors)
    {
        JsonElement up = behavior.Member("scaleUp");
        CheckDurations(behavior.Member("scaleDown"), "spec.behavior.scaleDown", ["period", "stabilizationWindow"], errors);
        CheckDurations(up.Member("stablePolicy"), "spec.behavior.scaleUp.stablePolicy", ["period", "stabilizationWindow"], errors);
        CheckDurations(up.Member("panicPolicy"), "spec.behavior.scaleUp.panicPolicy", ["period", "panicModeHold"], errors);
    }

    private static void CheckDurations(JsonElement policy, string path, string[] members, ErrorList errors)
    {
        foreach (string member in members)
            Durations.Check(policy, member, path, DurationMost, "must be between 0 and 30 minutes", errors);
    }
}
