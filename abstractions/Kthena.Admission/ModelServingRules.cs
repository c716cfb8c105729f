using System.Globalization;
using System.Text.Json;

namespace Kthena.Admission;

/// <summary>The rules of ModelServings. Numbers in comments are those of upstream's list.</summary>
internal static class ModelServingRules
{
    private const string Roles = "spec.template.roles";
    private const string Rolling = "spec.rolloutStrategy.rollingUpdateConfiguration";
    private const string NonNegative = "must be a non-negative integer";
    private const string GroupRolling = "ServingGroupRollingUpdate";
    private const string RoleRolling = "RoleRollingUpdate";

    public static void CheckDefinition(JsonElement json, JsonElement? old, ErrorList errors)
    {
        JsonElement template = json.Member("spec").Member("template");
        var names = new SortedSet<string>(StringComparer.Ordinal);
        if (!template.List("roles").All(role => names.Add(role.Text("name") ?? "")))
            errors.Invalid(Roles, "roles name must be unique");
        JsonElement before = old?.Member("spec").Member("template") ?? default;
        if (!before.Member("gangPolicy").IsThere())
            return;
        JsonElement gang = template.Member("gangPolicy");
        if (!gang.IsThere())
        {
            errors.Invalid("spec.template", "gangPolicy is required once set");
            return;
        }
        JsonElement was = before.Member("gangPolicy").Member("minRoleReplicas");
        JsonElement now = gang.Member("minRoleReplicas");
        if (was.IsThere() && now.IsThere() && !JsonElement.DeepEquals(was, now))
            errors.Invalid("spec.template.gangPolicy.minRoleReplicas", "minRoleReplicas is immutable", now);
    }

    public static void Check(JsonElement json, JsonElement? old, ErrorList errors)
    {
        JsonElement spec = json.Member("spec");
        JsonElement[] roles = [.. spec.Member("template").List("roles")];
        CheckGeneratedNames(json.Member("metadata").Text("name") ?? "", spec, roles, errors);
        CheckReplicas(spec.Member("replicas"), "spec.replicas", "replicas must be a non-negative integer", errors);
        if (roles.Length == 0)
            errors.Required(Roles, "roles must be specified");
        for (int at = 0; at < roles.Length; at++)
            CheckRole(roles[at], $"{Roles}[{at}]", errors);
        string strategy = spec.Member("rolloutStrategy").Text("type") ?? GroupRolling;
        CheckRollingUpdate(spec, strategy, errors);
        CheckOwnFields(spec, strategy, errors);
        for (int at = 0; at < roles.Length; at++)
            CheckRoleRollout(roles[at], $"{Roles}[{at}]", strategy, RoleBefore(old, roles[at]), errors);
        CheckGang(spec, roles, old?.Member("spec") ?? default, errors);
        // 14
        if (spec.Text("recoveryPolicy") == "ServingGroupRecreate" && strategy == RoleRolling)
        {
            errors.Invalid("spec.rolloutStrategy.type",
                "incompatible recoveryPolicy and rolloutStrategy.type after applying defaults: ServingGroupRecreate rebuilds whole groups, "
                + "so RoleRollingUpdate cannot be used with it", spec.Member("rolloutStrategy").Member("type"));
        }
    }

    /// <summary>1: the longest name that is made for each role must be a DNS label.</summary>
    private static void CheckGeneratedNames(string name, JsonElement spec, JsonElement[] roles, ErrorList errors)
    {
        foreach (JsonElement role in roles)
        {
            string made = string.Create(CultureInfo.InvariantCulture,
                $"{name}-{spec.Number("replicas") ?? 1}-{role.Text("name")}-{role.Number("replicas") ?? 1}-{role.Number("workerReplicas") ?? 0}");
            if (!LabelSyntax.IsDns1035(made))
                errors.Invalid("metadata.name", $"invalid name: the generated pod name '{made}' ({made.Length} characters) is no DNS label: {LabelSyntax.Dns1035}");
        }
    }

    private static void CheckRole(JsonElement role, string path, ErrorList errors)
    {
        string name = role.Text("name") ?? "";
        // 2
        if (!LabelSyntax.IsDns1035(name))
            errors.Invalid($"{path}.name", $"role name must be a valid DNS-1035 label: {LabelSyntax.Dns1035}", role.Member("name"));
        // 6, 13
        CheckReplicas(role.Member("replicas"), $"{path}.replicas", "role replicas must be a non-negative integer", errors);
        CheckReplicas(role.Member("workerReplicas"), $"{path}.workerReplicas", "workerReplicas must be a non-negative integer", errors);
        if (role.Number("workerReplicas") > 0 && !role.Member("workerTemplate").IsThere())
            errors.Required($"{path}.workerTemplate", "workerTemplate is required when workerReplicas is greater than 0");
        CheckImages(role.Member("entryTemplate"), $"{path}.entryTemplate", errors);
        CheckImages(role.Member("workerTemplate"), $"{path}.workerTemplate", errors);
    }

    /// <summary>3.</summary>
    private static void CheckImages(JsonElement template, string path, ErrorList errors)
    {
        int at = 0;
        foreach (JsonElement container in template.Member("spec").List("containers"))
        {
            string? image = container.Text("image");
            if (image is not null && (image.Contains(' ', StringComparison.Ordinal) || (image.Length > 0 && string.IsNullOrWhiteSpace(image))))
                errors.Invalid($"{path}.spec.containers[{at}].image", "invalid container image reference: image cannot contain spaces", container.Member("image"));
            at++;
        }
    }

    /// <summary>7, 8, 9.</summary>
    private static void CheckRollingUpdate(JsonElement spec, string strategy, ErrorList errors)
    {
        JsonElement configuration = spec.Member("rolloutStrategy").Member("rollingUpdateConfiguration");
        if (!configuration.IsThere())
            return;
        if (strategy == RoleRolling)
        {
            errors.Forbidden(Rolling, "only valid when rolloutStrategy.type is ServingGroupRollingUpdate");
            return;
        }
        JsonElement unavailable = configuration.Member("maxUnavailable");
        CheckCount(unavailable, $"{Rolling}.maxUnavailable", errors);
        CheckCount(configuration.Member("partition"), $"{Rolling}.partition", errors);
        bool surges = (Resolve(configuration.Member("maxSurge"), 100) ?? 0) > 0;
        if (!surges && IsNothing(unavailable))
            errors.Invalid(Rolling, "maxUnavailable cannot be 0", configuration);
    }

    /// <summary>The fields that upstream does not have.</summary>
    private static void CheckOwnFields(JsonElement spec, string strategy, ErrorList errors)
    {
        JsonElement rollout = spec.Member("rolloutStrategy");
        if (spec.Number("revisionHistoryLimit") < 0)
            errors.Invalid("spec.revisionHistoryLimit", NonNegative, spec.Member("revisionHistoryLimit"));
        if (rollout.Number("progressDeadlineSeconds") <= 0)
            errors.Invalid("spec.rolloutStrategy.progressDeadlineSeconds", "must be greater than 0", rollout.Member("progressDeadlineSeconds"));
        if (strategy != RoleRolling)
            CheckCount(rollout.Member("rollingUpdateConfiguration").Member("maxSurge"), $"{Rolling}.maxSurge", errors);
        JsonElement groups = rollout.Member("groupsMaxUnavailable");
        if (!groups.IsThere())
            return;
        const string path = "spec.rolloutStrategy.groupsMaxUnavailable";
        if (strategy != RoleRolling)
            errors.Forbidden(path, "only valid when rolloutStrategy.type is RoleRollingUpdate");
        else if (CheckCount(groups, path, errors) && groups.ValueKind == JsonValueKind.Number && Resolve(groups, 1) == 0)
            errors.Invalid(path, "groupsMaxUnavailable cannot be 0", groups);
    }

    /// <summary>10, 11.</summary>
    private static void CheckRoleRollout(JsonElement role, string path, string strategy, JsonElement before, ErrorList errors)
    {
        JsonElement partition = role.Member("partition");
        if (strategy != RoleRolling)
        {
            if (partition.IsThere())
                errors.Forbidden($"{path}.partition", "partition is only valid when rolloutStrategy.type is RoleRollingUpdate");
            return;
        }
        CheckCount(partition, $"{path}.partition", errors);
        JsonElement unavailable = role.Member("maxUnavailable");
        if (!unavailable.IsThere() || !CheckCount(unavailable, $"{path}.maxUnavailable", errors))
            return;
        long replicas = role.Number("replicas") ?? 1;
        // A role that is scaled to nothing has no instance that could be unavailable.
        if (replicas == 0)
            return;
        if (IsNothing(unavailable))
            errors.Invalid($"{path}.maxUnavailable", "maxUnavailable cannot be 0", unavailable);
        else if (Resolve(unavailable, replicas) > replicas && !IsSame(unavailable, before.Member("maxUnavailable")))
            errors.Invalid($"{path}.maxUnavailable", $"maxUnavailable cannot be greater than replicas ({replicas})", unavailable);
    }

    /// <summary>12.</summary>
    private static void CheckGang(JsonElement spec, JsonElement[] roles, JsonElement before, ErrorList errors)
    {
        JsonElement minimaBefore = before.Member("template").Member("gangPolicy").Member("minRoleReplicas");
        foreach (JsonProperty minimum in spec.Member("template").Member("gangPolicy").Pairs("minRoleReplicas"))
        {
            string path = $"spec.template.gangPolicy.minRoleReplicas[{minimum.Name}]";
            JsonElement role = roles.FirstOrDefault(role => role.Text("name") == minimum.Name);
            if (!role.IsThere())
            {
                errors.Invalid(path, $"role {minimum.Name} does not exist in template.roles");
                continue;
            }
            if (minimum.Value.ValueKind != JsonValueKind.Number || !minimum.Value.TryGetInt64(out long least) || least < 0)
                errors.Invalid(path, "must be non-negative", minimum.Value);
            else if (least > (role.Number("replicas") ?? 1) && !IsSame(minimum.Value, minimaBefore.Member(minimum.Name)))
                errors.Invalid(path, $"minRoleReplicas ({least}) for role {minimum.Name} cannot exceed replicas ({role.Number("replicas") ?? 1})", minimum.Value);
        }
    }

    /// <summary>4: present and not negative.</summary>
    private static void CheckReplicas(JsonElement replicas, string path, string message, ErrorList errors)
    {
        if (replicas.ValueKind != JsonValueKind.Number || !replicas.TryGetInt64(out long count) || count < 0)
            errors.Invalid(path, message, replicas);
    }

    /// <summary>8: a count that is not negative, or a percentage of 0 to 100.</summary>
    private static bool CheckCount(JsonElement value, string path, ErrorList errors)
    {
        if (!value.IsThere())
            return true;
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt64(out long count) && count >= 0)
                return true;
            errors.Invalid(path, NonNegative, value);
            return false;
        }
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        bool hasForm = text.Length > 1 && text[^1] == '%' && text[..^1].All(char.IsAsciiDigit);
        if (!hasForm)
        {
            errors.Invalid(path, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%')", value);
            return false;
        }
        if (int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent) && percent <= 100)
            return true;
        errors.Invalid(path, "must be a valid percent value (0-100)", value);
        return false;
    }

    /// <summary>The role of that name as it is stored; undefined where there is none.</summary>
    private static JsonElement RoleBefore(JsonElement? old, JsonElement role) => old is null
        ? default
        : old.Value.Member("spec").Member("template").List("roles").FirstOrDefault(before => before.Text("name") == role.Text("name"));

    /// <summary>
    /// Whether a limit stands as it is stored. A limit above the scale does no harm, and an autoscaler that lowers the scale
    /// cannot lower it too: only who sets one is told.
    /// </summary>
    private static bool IsSame(JsonElement limit, JsonElement before) => before.IsThere() && JsonElement.DeepEquals(limit, before);

    /// <summary>
    /// Whether a budget lets nothing go whatever the scale. A percentage that a small scale rounds down to nothing is none:
    /// the scale subresource can make it so at any time, and a rollout then goes one by one.
    /// </summary>
    private static bool IsNothing(JsonElement budget) => budget.IsThere() && Resolve(budget, 100) == 0;

    /// <summary>What a count or a percentage of a total comes to, rounded down; null when it is malformed.</summary>
    private static long? Resolve(JsonElement value, long total)
    {
        if (value.ValueKind == JsonValueKind.Number)
            return value.TryGetInt64(out long count) ? count : null;
        return value.ValueKind == JsonValueKind.String
            && long.TryParse(value.GetString().AsSpan().TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out long percent)
                ? percent * total / 100
                : null;
    }
}
