using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kthena.Admission;

/// <summary>The rules of ModelRoutes.</summary>
internal static class ModelRouteRules
{
    private const int WeightDefault = 100;

    public static void CheckDefinition(JsonElement json, JsonElement? old, ErrorList errors)
    {
        JsonElement spec = json.Member("spec");
        string? name = spec.Text("modelName");
        if (old?.Member("spec").Text("modelName") is { } before && name is not null && name != before)
            errors.Invalid("spec.modelName", "modelName is immutable", spec.Member("modelName"));
        if (string.IsNullOrEmpty(name) && !spec.List("loraAdapters").Any())
            errors.Invalid("spec", "ModelName and LoraAdapters cannot both be empty");
        ForEachTarget(spec, (target, path) =>
        {
            if (!string.IsNullOrEmpty(target.Text("modelServerName")) == !string.IsNullOrEmpty(target.Text("externalModelProviderName")))
                errors.Invalid(path, "exactly one of modelServerName or externalModelProviderName must be set", target);
        });
    }

    public static void Check(JsonElement json, ErrorList errors)
    {
        JsonElement spec = json.Member("spec");
        JsonElement[] adapters = [.. spec.List("loraAdapters")];
        if (string.IsNullOrEmpty(spec.Text("modelName")) && adapters.Length == 0)
            errors.Required("spec", "either modelName or loraAdapters must be specified");
        for (int at = 0; at < adapters.Length; at++)
        {
            if (adapters[at].ValueKind != JsonValueKind.String || adapters[at].GetString()!.Length == 0)
                errors.Invalid($"spec.loraAdapters[{at}]", "lora adapter name cannot be an empty string", adapters[at]);
        }
        int rule = 0;
        foreach (JsonElement entry in spec.List("rules"))
            CheckRule(entry, $"spec.rules[{rule++}]", adapters.Length > 0, errors);
    }

    private static void CheckRule(JsonElement rule, string path, bool hasAdapters, ErrorList errors)
    {
        if (rule.ValueKind != JsonValueKind.Object)
        {
            errors.Required(path, "rule cannot be null");
            return;
        }
        JsonElement[] targets = [.. rule.List("targetModels")];
        if (targets.Length == 0)
            errors.Required($"{path}.targetModels", "each rule must have at least one target model");
        long total = 0;
        for (int at = 0; at < targets.Length; at++)
        {
            string here = $"{path}.targetModels[{at}]";
            if (targets[at].ValueKind != JsonValueKind.Object)
            {
                errors.Required(here, "target model cannot be null");
                continue;
            }
            if (hasAdapters && !string.IsNullOrEmpty(targets[at].Text("externalModelProviderName")))
                errors.Invalid($"{here}.externalModelProviderName", "lora routes must target modelServerName", targets[at].Member("externalModelProviderName"));
            total += targets[at].Number("weight") ?? WeightDefault;
        }
        if (targets.Length > 0 && total == 0)
            errors.Invalid($"{path}.targetModels", "total weight must be greater than zero");
        JsonElement match = rule.Member("modelMatch");
        CheckPattern(match.Member("uri"), $"{path}.modelMatch.uri", errors);
        foreach (JsonProperty header in match.Pairs("headers"))
            CheckPattern(header.Value, $"{path}.modelMatch.headers[{header.Name}]", errors);
    }

    private static void CheckPattern(JsonElement match, string path, ErrorList errors)
    {
        if (match.Text("regex") is not { } pattern)
            return;
        try
        {
            // Compiled as the router compiles it: without backtracking, which has RE2's limits.
            _ = new Regex(pattern.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or NotSupportedException)
        {
            errors.Invalid($"{path}.regex", $"the regular expression does not compile: {unreadable.Message}", match.Member("regex"));
        }
    }

    private static void ForEachTarget(JsonElement spec, Action<JsonElement, string> visit)
    {
        int rule = 0;
        foreach (JsonElement entry in spec.List("rules"))
        {
            int target = 0;
            foreach (JsonElement item in entry.List("targetModels"))
                visit(item, $"spec.rules[{rule}].targetModels[{target++}]");
            rule++;
        }
    }
}
